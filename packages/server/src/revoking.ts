import { unavailable } from "./dependency-guard.js";
import { isGenuine, type RefreshToken } from "./refresh-token.js";
import type { ServerContext } from "./server-context.js";
import { closeRecord, endOf, type RecordedEndReason } from "./session-record.js";

/** How often a lost race is run again; each loss means that a refresh got through. */
const ROUND_LIMIT = 10;

/**
 * Closes a session for good; `false` when there is none or it was closed before.
 *
 * Closing and rotating compare-and-set the same revision: a refresh that commits first is closed with the rest, one that
 * comes later finds the session closed.
 *
 * @param proof a token of the session: it closes only if it is genuine, of whatever generation. Or the bare id, from an
 *   administrator.
 * @throws RequestProblem `temporarily_unavailable`
 */
export async function closeSession(
  context: ServerContext,
  proof: RefreshToken | string,
  reason: RecordedEndReason,
): Promise<boolean> {
  const sessionId = typeof proof === "string" ? proof : proof.sessionId;
  for (let round = 0; round < ROUND_LIMIT; round += 1) {
    const record = await context.store.read(sessionId);
    if (record === null || record.end !== null) return false;
    if (typeof proof !== "string" && !(await isGenuine(proof, record.familyKey))) return false;
    const at = context.config.clock();
    // A session that idled out before somebody closed it keeps the truer reason.
    const closed = closeRecord(record, endOf(record, at) ?? reason, at);
    if (await context.store.compareAndSet(sessionId, record.revision, closed)) {
      await context.report({ type: "session-ended", at, sessionId, reason: closed.end?.reason ?? reason });
      return true;
    }
  }
  throw unavailable();
}

/**
 * Closes all sessions of a user in one step of the store; returns how many were open.
 *
 * @throws RequestProblem `temporarily_unavailable`
 */
export async function closeUserSessions(
  context: ServerContext,
  userId: string,
  reason: RecordedEndReason,
  exceptSessionId?: string,
): Promise<number> {
  const at = context.config.clock();
  const closed = await context.store.revokeByUser(userId, { reason, at, exceptSessionId });
  await Promise.all(
    closed.map((sessionId) => context.report({ type: "session-ended", at, sessionId, reason })),
  );
  return closed.length;
}
