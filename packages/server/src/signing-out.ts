import { isMet, readDemand, type Demand } from "./authentication-demand.js";
import { outdated, readAuthority } from "./authority.js";
import type { RefreshToken } from "./refresh-token.js";
import type { SignOutScope } from "./request-body.js";
import { closeSession, closeUserSessions } from "./revoking.js";
import type { ServerContext } from "./server-context.js";
import type { EndReason } from "./session-record.js";

/** What came of a sign-out. */
export type SignOutOutcome =
  | { readonly kind: "signed-out" }
  /** The caller holds no live session, so it cannot speak for the user's other ones. */
  | { readonly kind: "refused"; readonly reason: EndReason; readonly clearCookies: boolean }
  /** The user proved who they are too long ago to end other sessions (ASVS 7.5.2). Nothing was changed. */
  | { readonly kind: "insufficient"; readonly demand: Demand };

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
  const authority = await readAuthority(context, token);
  if (authority.kind === "live") {
    const { id, userId, authTime } = authority.record;
    const demand = readDemand({ maxAge: context.config.revocationMaxAge });
    const isRecent = isMet(
      demand,
      { authTime: Math.floor(authTime / 1000), acr: null },
      context.config.clock(),
    );
    // Whoever leaves everywhere leaves here too: that asks for no more than to be there.
    if (scope === "others" && !isRecent) return { kind: "insufficient", demand };
    await closeUserSessions(context, userId, "signed-out", scope === "others" ? id : undefined);
    return { kind: "signed-out" };
  }
  if (authority.kind === "outdated") {
    if (scope === "others" || token === null) throw outdated();
    await closeSession(context, token, "signed-out");
    return { kind: "refused", reason: "revoked", clearCookies: true };
  }
  // The second of two sign-outs everywhere: the first one did it.
  const repeated = authority.reason === "no-session" || authority.reason === "signed-out";
  if (scope === "all" && repeated) return { kind: "signed-out" };
  return { kind: "refused", reason: authority.reason, clearCookies: authority.clearCookies };
}
