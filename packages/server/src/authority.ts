import { examine } from "./refreshing.js";
import type { RefreshToken } from "./refresh-token.js";
import { RequestProblem } from "./request-problem.js";
import { decideRotation } from "./rotation.js";
import type { ServerContext } from "./server-context.js";
import { toEndReason, type EndReason, type SessionRecord } from "./session-record.js";

/** What a refresh token is worth where nothing is refreshed. */
export type Authority =
  | { readonly kind: "live"; readonly record: SessionRecord }
  /** Genuine, and replaced more than once: no proof of theft, since a slow network may let two rotations overtake a request. */
  | { readonly kind: "outdated" }
  | { readonly kind: "none"; readonly reason: EndReason; readonly clearCookies: boolean };

/**
 * Finds the live session that a refresh token speaks for: the current token, or the one just replaced, however long ago that
 * was, since grace is about lost answers of a refresh.
 *
 * @throws RequestProblem `temporarily_unavailable`
 */
export async function readAuthority(context: ServerContext, token: RefreshToken | null): Promise<Authority> {
  if (token === null) return { kind: "none", reason: "no-session", clearCookies: false };
  const record = await context.store.read(token.sessionId);
  const policy = { ...context.config, graceMs: Number.POSITIVE_INFINITY };
  const attempt = { nonce: "", activityAgeSeconds: undefined };
  const presented = await examine(token, record);
  const at = context.config.clock();
  const decision = decideRotation(record, presented, attempt, at, policy);
  if (record === null) return { kind: "none", reason: "no-session", clearCookies: true };
  switch (decision.kind) {
    case "rotate":
    case "replay":
      return { kind: "live", record };
    case "reuse":
      await context.report({ type: "token-refused", at, sessionId: record.id, why: "outdated" });
      return { kind: "outdated" };
    case "ended":
      return {
        kind: "none",
        reason: toEndReason(decision.reason),
        clearCookies: decision.reason !== "replaced",
      };
    case "unknown":
      return { kind: "none", reason: "no-session", clearCookies: false };
  }
}

/** What somebody with an outdated token is told who wants more than to leave. */
export function outdated(): RequestProblem {
  return new RequestProblem("conflict", "The session was refreshed meanwhile. Send the request again.");
}
