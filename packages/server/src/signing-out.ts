import { examine } from "./refreshing.js";
import type { RefreshToken } from "./refresh-token.js";
import type { SignOutScope } from "./request-body.js";
import { RequestProblem } from "./request-problem.js";
import { closeSession, closeUserSessions } from "./revoking.js";
import { decideRotation } from "./rotation.js";
import type { ServerContext } from "./server-context.js";
import { toEndReason, type EndReason } from "./session-record.js";

/** What came of a sign-out. */
export type SignOutOutcome =
  | { readonly kind: "signed-out" }
  /** The caller holds no live session, so it cannot speak for the user's other ones. */
  | { readonly kind: "refused"; readonly reason: EndReason; readonly clearCookies: boolean };

/**
 * Ends this session, the user's other ones, or all. Idempotent.
 *
 * Any genuine token ends its own session, an old generation too: whoever holds one may always leave. Power over *other*
 * sessions needs the current token or its immediate predecessor. An older one is no proof of theft, since a slow network may
 * let two rotations overtake a request: it ends its own session where that is wanted too (`all`), else it gets a conflict.
 *
 * @throws RequestProblem `conflict`, `temporarily_unavailable`
 */
export async function signOut(
  context: ServerContext,
  token: RefreshToken | null,
  scope: SignOutScope,
): Promise<SignOutOutcome> {
  if (scope === "this") {
    if (token !== null) await closeSession(context, token, "signed-out");
    return { kind: "signed-out" };
  }
  const authority = await readAuthority(context, token, scope);
  if (authority.kind === "live") {
    const spared = scope === "others" ? authority.sessionId : undefined;
    await closeUserSessions(context, authority.userId, "signed-out", spared);
    return { kind: "signed-out" };
  }
  // The second of two sign-outs everywhere: the first one did it.
  const repeated = authority.reason === "no-session" || authority.reason === "signed-out";
  if (scope === "all" && repeated) return { kind: "signed-out" };
  return { kind: "refused", reason: authority.reason, clearCookies: authority.clearCookies };
}

type Authority =
  | { readonly kind: "live"; readonly sessionId: string; readonly userId: string }
  | { readonly kind: "none"; readonly reason: EndReason; readonly clearCookies: boolean };

async function readAuthority(
  context: ServerContext,
  token: RefreshToken | null,
  scope: Exclude<SignOutScope, "this">,
): Promise<Authority> {
  if (token === null) return { kind: "none", reason: "no-session", clearCookies: false };
  const record = await context.store.read(token.sessionId);
  // Grace is about lost answers of a refresh; here the predecessor counts whenever it is still the predecessor.
  const policy = { ...context.config, graceMs: Number.POSITIVE_INFINITY };
  const attempt = { nonce: "", activityAgeSeconds: undefined };
  const presented = await examine(token, record);
  const at = context.config.clock();
  const decision = decideRotation(record, presented, attempt, at, policy);
  if (record === null) return { kind: "none", reason: "no-session", clearCookies: true };
  switch (decision.kind) {
    case "rotate":
    case "replay":
      return { kind: "live", sessionId: record.id, userId: record.userId };
    case "reuse":
      await context.report({ type: "token-refused", at, sessionId: record.id, why: "outdated" });
      if (scope === "others")
        throw new RequestProblem("conflict", "The session was refreshed meanwhile. Send the request again.");
      await closeSession(context, token, "signed-out");
      return { kind: "none", reason: "revoked", clearCookies: true };
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
