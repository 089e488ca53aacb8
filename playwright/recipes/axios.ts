import type { Session } from "@lockstep/core";
import axios, { type AxiosInstance } from "axios";

/** An axios instance whose requests carry the session's token. */
export function createApi(session: Session): AxiosInstance {
  return axios.create({
    baseURL: "/api",
    // Not interceptors: they would attach, refresh and replay a second time, and in this tab only.
    adapter: "fetch",
    env: { fetch: session.fetch },
  });
}
