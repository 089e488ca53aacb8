import { readAuthority } from "./authority.js";
import type { RefreshToken } from "./refresh-token.js";
import { renewSession, type Renewal } from "./renewing.js";
import { closeUserSessions } from "./revoking.js";
import type { ServerContext } from "./server-context.js";
import type { Visitor } from "./session-record.js";
import type { Proof } from "./starting.js";

/**
 * Ends every session of a user whose credentials have changed, but for the one that changed them, which gets a new id (R-091,
 *
 *
 * The others end first: if the store fails after that, the caller still has the session it came with.
 *
 * @returns `null` if the caller has no live session of that user; then all have ended
 * @throws RequestProblem `conflict`, `temporarily_unavailable`
 * @throws ServerConfigError `invalid_argument`
 */
export async function renewAfterChange(
  context: ServerContext,
  token: RefreshToken | null,
  userId: string,
  proof: Proof,
  visitor: Visitor,
): Promise<Extract<Renewal, { kind: "renewed" }> | null> {
  const authority = await readAuthority(context, token);
  const own =
    authority.kind === "live" && authority.record.userId === userId ? authority.record.id : undefined;
  await closeUserSessions(context, userId, "revoked", own);
  if (own === undefined) return null;
  const renewal = await renewSession(context, token, async () => proof, visitor);
  return renewal.kind === "renewed" ? renewal : null;
}
