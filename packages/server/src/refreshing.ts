import { unavailable } from "./dependency-guard.js";
import { prepareGrant, type Grant } from "./grant.js";
import { hashRefreshToken, isGenuine, mintRefreshToken, type RefreshToken } from "./refresh-token.js";
import {
  decideRotation,
  rotateRecord,
  type Attempt,
  type PresentedToken,
  type RotationDecision,
} from "./rotation.js";
import { openSuccessor, sealSuccessor } from "./sealed-successor.js";
import type { ServerContext } from "./server-context.js";
import {
  closeRecord,
  toEndReason,
  type EndReason,
  type RecordedEndReason,
  type SessionRecord,
  type Visitor,
} from "./session-record.js";

/** How often a lost race is run again. Each loss means that somebody else got on, so a handful is plenty. */
const ROUND_LIMIT = 10;

/** What came of a presented refresh token. */
export type RefreshOutcome =
  | { readonly kind: "granted"; readonly grant: Grant }
  /** `clearCookies`: whether the cookies in the jar are certainly those of a session that is over. */
  | { readonly kind: "ended"; readonly reason: EndReason; readonly clearCookies: boolean };

/** A presented token, the record of its family, and the moment of the decision. */
interface Found {
  readonly record: SessionRecord;
  readonly token: RefreshToken;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly visitor: Visitor;
}

type Raced = { readonly kind: "raced" };

/**
 * Refreshes a session: reads, decides, writes by compare-and-set, and starts over when somebody else was faster.
 *
 * @throws RequestProblem `rate_limited`; `temporarily_unavailable` when the store fails or races do not end; the token is not consumed
 */
export async function refreshSession(
  context: ServerContext,
  token: RefreshToken,
  attempt: Attempt,
  visitor: Visitor,
): Promise<RefreshOutcome> {
  await context.gate.byAddress(visitor.address);
  for (let round = 0; round < ROUND_LIMIT; round += 1) {
    const outcome = await refreshOnce(context, token, attempt, visitor, round === 0);
    if (outcome.kind !== "raced") return outcome;
  }
  throw unavailable();
}

async function refreshOnce(
  context: ServerContext,
  token: RefreshToken,
  attempt: Attempt,
  visitor: Visitor,
  counts: boolean,
): Promise<RefreshOutcome | Raced> {
  const record = await context.store.read(token.sessionId);
  const at = context.config.clock();
  const presented = await examine(token, record);
  if (presented.genuine && counts) await context.gate.bySession(token.sessionId);
  const decision = decideRotation(record, presented, attempt, at, context.config);
  // The first half repeats what the decision knows, for the compiler's sake.
  if (record === null || decision.kind === "unknown") {
    return refuse(context, token, decision.kind === "unknown" ? decision.why : "no-record", at);
  }
  const found: Found = { record, token, at, visitor };
  switch (decision.kind) {
    case "rotate":
      return rotate(context, found, attempt, decision);
    case "replay":
      return replay(context, found, decision);
    case "reuse":
      return revokeFamily(context, found);
    case "ended":
      return end(context, found, decision.reason);
  }
}

/** Proves what can be proved about a token, so that the decision needs no secret. */
export async function examine(token: RefreshToken, record: SessionRecord | null): Promise<PresentedToken> {
  const genuine = record !== null && (await isGenuine(token, record.familyKey));
  return { generation: token.generation, hash: await hashRefreshToken(token), genuine };
}

async function rotate(
  context: ServerContext,
  { record, token, at, visitor }: Found,
  attempt: Attempt,
  decision: Extract<RotationDecision, { kind: "rotate" }>,
): Promise<RefreshOutcome | Raced> {
  const { random, clock } = context.config;
  const successor = await mintRefreshToken(record.familyKey, record.id, decision.generation, random);
  const predecessor = {
    hash: record.currentHash,
    attempt: attempt.nonce,
    rotatedAt: at,
    sealedSuccessor: await sealSuccessor(token, successor, random),
  };
  const hash = await hashRefreshToken(successor);
  const next = rotateRecord(record, decision, { hash, predecessor, lastUse: { at, visitor } });
  // Everything that can fail comes before the commit: a refresh that fails must not consume the token.
  const grant = await prepareGrant(context, next, successor, at);
  // Grace runs from the commit, not from a decision that a slow `loadUser` held up.
  const committed = { ...next, predecessor: { ...predecessor, rotatedAt: clock() } };
  if (!(await context.store.compareAndSet(record.id, record.revision, committed))) return { kind: "raced" };
  await context.report({ type: "session-refreshed", at, sessionId: record.id, generation: next.generation });
  return { kind: "granted", grant };
}

async function replay(
  context: ServerContext,
  { record, token, at }: Found,
  decision: Extract<RotationDecision, { kind: "replay" }>,
): Promise<RefreshOutcome> {
  const { why, elapsedMs, predecessor } = decision;
  const successor = await openSuccessor(token, predecessor.sealedSuccessor);
  const grant = await prepareGrant(context, record, successor, at);
  await context.report({ type: "grace-hit", at, sessionId: record.id, why, elapsedMs });
  return { kind: "granted", grant };
}

async function revokeFamily(
  context: ServerContext,
  { record, token, at }: Found,
): Promise<RefreshOutcome | Raced> {
  const closed = closeRecord(record, "reuse-detected", at);
  if (!(await context.store.compareAndSet(record.id, record.revision, closed))) return { kind: "raced" };
  await context.report({
    type: "reuse-detected",
    at,
    sessionId: record.id,
    presentedGeneration: token.generation,
    currentGeneration: record.generation,
  });
  await context.report({ type: "session-ended", at, sessionId: record.id, reason: "reuse-detected" });
  return { kind: "ended", reason: "reuse-detected", clearCookies: true };
}

/** Answers an end. One that only the clock knew is written down, so that no other node, with another clock, revives it. */
async function end(
  context: ServerContext,
  { record, at }: Found,
  reason: RecordedEndReason,
): Promise<RefreshOutcome | Raced> {
  if (record.end === null) {
    const closed = closeRecord(record, reason, at);
    if (!(await context.store.compareAndSet(record.id, record.revision, closed))) return { kind: "raced" };
    await context.report({ type: "session-ended", at, sessionId: record.id, reason });
  }
  // A replaced session's cookies have been overwritten, or are about to be: clearing would sign the new session out.
  return { kind: "ended", reason: toEndReason(reason), clearCookies: reason !== "replaced" };
}

async function refuse(
  context: ServerContext,
  token: RefreshToken,
  why: "no-record" | "forged" | "ahead",
  at: number,
): Promise<RefreshOutcome> {
  await context.report({ type: "token-refused", at, sessionId: token.sessionId, why });
  return { kind: "ended", reason: "no-session", clearCookies: why === "no-record" };
}
