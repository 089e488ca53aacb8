import { outdated, readAuthority } from "./authority.js";
import { unavailable } from "./dependency-guard.js";
import { prepareGrant, type Grant } from "./grant.js";
import type { RefreshToken } from "./refresh-token.js";
import { closeSession } from "./revoking.js";
import type { ServerContext } from "./server-context.js";
import { closeRecord, type EndReason, type SessionRecord, type Visitor } from "./session-record.js";
import { openFamily, readProof, type Proof } from "./starting.js";

/** How often a lost race is run again; each loss means that a refresh got through. */
const ROUND_LIMIT = 10;

/** What came of a renewal. */
export type Renewal =
  | { readonly kind: "renewed"; readonly grant: Grant }
  /** The user did not prove who they are. Nothing was changed. */
  | { readonly kind: "denied"; readonly sessionId: string }
  | { readonly kind: "ended"; readonly reason: EndReason; readonly clearCookies: boolean };

/**
 * Gives a session that its user has just vouched for a new id and a new family, and ends the one it had.
 *
 * The absolute deadline stays where it was; the idle one moves, since somebody was there. `acr` and `amr` are those of this
 * proof alone: a password that was asked for again does not renew what a passkey once proved.
 *
 * @param prove tells how the user of the session proved who they are; `null` if they did not
 * @throws RequestProblem `conflict`, `temporarily_unavailable`
 * @throws ServerConfigError `invalid_argument` for a proof that is none
 */
export async function renewSession(
  context: ServerContext,
  token: RefreshToken | null,
  prove: (record: SessionRecord) => Promise<Proof | null>,
  visitor: Visitor,
): Promise<Renewal> {
  let proof: ReturnType<typeof readProof> | undefined;
  for (let round = 0; round < ROUND_LIMIT; round += 1) {
    const authority = await readAuthority(context, token);
    if (authority.kind === "outdated") throw outdated();
    if (authority.kind === "none") return { ...authority, kind: "ended" };
    const { record } = authority;
    if (proof === undefined) {
      const given = await prove(record);
      if (given === null) return { kind: "denied", sessionId: record.id };
      proof = readProof(given);
    }
    const grant = await replace(context, record, proof, visitor);
    if (grant !== null) return { kind: "renewed", grant };
  }
  throw unavailable();
}

/** `null`, and nothing changed, if somebody was faster: a refresh, or whoever ended the session. */
async function replace(
  context: ServerContext,
  former: SessionRecord,
  { acr, amr, authTime }: ReturnType<typeof readProof>,
  visitor: Visitor,
): Promise<Grant | null> {
  const at = context.config.clock();
  const { record, token } = await openFamily(context, {
    ...former,
    acr,
    amr,
    authTime: authTime === undefined ? at : authTime * 1000,
    idleExpiresAt: at + context.config.idleLifetimeMs,
    lastUse: { at, visitor },
  });
  const grant = await prepareGrant(context, record, token, at);
  await context.store.insert(record);
  // Ended between the two, by a revocation say, the former session takes the new one with it: nobody has seen that yet.
  const closed = closeRecord(former, "replaced", at);
  if (!(await context.store.compareAndSet(former.id, former.revision, closed))) {
    await closeSession(context, record.id, "replaced");
    return null;
  }
  await context.report({ type: "session-renewed", at, sessionId: record.id, userId: record.userId, acr });
  await context.report({ type: "session-ended", at, sessionId: former.id, reason: "replaced" });
  return grant;
}
