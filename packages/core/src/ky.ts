/** `@lockstep/core/ky`: a `ky` instance on top of `session.fetch`. */
import ky, { type KyInstance, type Options } from "ky";
import type { Session } from "./session.js";

/**
 * A `ky` instance whose requests carry the session's token.
 *
 * A 401 is the session's business and is over before `ky` sees the answer, so `ky` does not retry it, nor what the
 * session itself rejects with: its retries are for the network and for busy servers only.
 *
 * @param session The session whose `fetch` sends the requests.
 * @param options As for `ky.create`, except `fetch`.
 * @throws `HTTPError` of `ky` for an answer that is not ok; what `session.fetch` rejects with, unchanged.
 * @example
 * ```ts
 * import { createSession } from "@lockstep/core";
 * import { createKy } from "@lockstep/core/ky";
 *
 * const session = createSession();
 * const api = createKy(session, { prefix: "https://api.example.com" });
 * ```
 */
export function createKy(session: Pick<Session, "fetch">, options: Omit<Options, "fetch"> = {}): KyInstance {
  return ky.create({ ...options, fetch: session.fetch });
}
