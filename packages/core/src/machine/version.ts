/**
 * The total order that makes tabs agree on who is signed in.
 *
 * Sign-in and sign-out each start an *epoch*. The later record wins wherever two meet, and {@link laterRecord} is
 * associative, commutative and idempotent, so that loss, duplication and reordering of messages do not matter (L9).
 */

/** Why nobody is signed in. A closed union: bindings and applications switch over it. */
export type EndReason =
  "signed-out" | "signed-out-elsewhere" | "idle" | "expired" | "revoked" | "reuse-detected" | "no-session";

/** What a sign-out reaches: this session, the user's other sessions, or both. */
export type SignOutScope = "this" | "others" | "all";

/** A revocation that the server has not confirmed yet. It outlives a reload and goes out before any refresh (L3). */
export type PendingRevocation = Exclude<SignOutScope, "others">;

/** Who is signed in since which epoch: the record that all tabs share. Carries no secret. */
export type EpochRecord =
  | { readonly epoch: number; readonly status: "in"; readonly sessionId: string | null }
  | {
      readonly epoch: number;
      readonly status: "out";
      /** The session that ended: its version cookie, should a late answer put it back, is ignored. */
      readonly sessionId: string | null;
      readonly reason: EndReason;
      readonly pending: PendingRevocation | null;
    };

/** Where every browser profile begins: nobody has signed in yet. */
export const noRecord: EpochRecord = {
  epoch: 0,
  status: "out",
  sessionId: null,
  reason: "no-session",
  pending: null,
};

/** Epochs go round: there is no last one that a script could write to keep every later sign-out from counting (attack C1). */
export const epochs = 1e15;

/** The epoch after this one. The first one, 0, is nobody's. */
export function nextEpoch(epoch: number): number {
  return (epoch + 1) % epochs || 1;
}

/**
 * Negative when `a` is the earlier epoch, positive when it is the later: the shorter way round decides. No profile lives to
 * see two epochs half the way apart, unless a script of the site writes one.
 *
 * @see RFC 1982 section 3.2 (serial number arithmetic)
 */
export function compareEpochs(a: number, b: number): number {
  if (a === b) return 0;
  if (a === 0 || b === 0) return a - b;
  return (a - b + epochs) % epochs < epochs / 2 ? 1 : -1;
}

/** The revocation that still has to be sent, if any. */
export function pendingOf(record: EpochRecord): PendingRevocation | null {
  return record.status === "out" ? record.pending : null;
}

/** Within one epoch: sign-out beats sign-in, and a confirmed revocation beats a pending one. */
function rank(record: EpochRecord): number {
  if (record.status === "in") return 0;
  if (record.pending === null) return 3;
  return record.pending === "all" ? 2 : 1;
}

/** Which of two records of equal epoch and rank is the later is arbitrary; that every tab picks the same is not. */
function tieBreaker(record: EpochRecord): string {
  // A record that names its session is the later of two, so that a name once learnt stays.
  const name = record.sessionId ?? "";
  return record.status === "in" ? name : `${name} ${record.reason} ${record.pending}`;
}

/** Negative when `a` is the earlier record, positive when it is the later, 0 when they say the same. */
export function compareRecords(a: EpochRecord, b: EpochRecord): number {
  if (a.epoch !== b.epoch) return compareEpochs(a.epoch, b.epoch);
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  const [left, right] = [tieBreaker(a), tieBreaker(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The later of two records. */
export function laterRecord(a: EpochRecord, b: EpochRecord): EpochRecord {
  return compareRecords(a, b) >= 0 ? a : b;
}
