import type { Session } from "@lockstep/core";
import { createKy } from "@lockstep/core/ky";
import type { KyInstance } from "ky";

/** A `ky` instance whose requests carry the session's token. */
export function createApi(session: Session): KyInstance {
  return createKy(session, {
    prefix: "/api",
    // For the network and for busy servers. A 401 is the session's business, and over before ky sees it.
    retry: { limit: 2 },
    hooks: {
      beforeRequest: [({ request }) => request.headers.set("X-Request-Id", crypto.randomUUID())],
    },
  });
}
