import { sameSecret } from "./constant-time.js";
import {
  endOf,
  type LastUse,
  type Predecessor,
  type RecordedEndReason,
  type SessionRecord,
} from "./session-record.js";

/** A refresh token as the decision sees it: no secret, only what was proved about it. */
export interface PresentedToken {
  readonly generation: number;
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  /** Whether its tag proves that this family issued it, at whatever generation. */
  readonly genuine: boolean;
}

/** One logical refresh of a client: retries of it carry the same nonce. */
export interface Attempt {
  readonly nonce: string;
  /** Seconds since the user last did something; `undefined` means that the client does not say. */
  readonly activityAgeSeconds: number | undefined;
  /** So long from now the session shall not idle out; what policy allows of what the client asked for. */
  readonly extensionMs?: number | undefined;
}

/** The two lengths of time that a rotation depends on, in milliseconds. */
export interface RotationPolicy {
  /** How long the predecessor stays good after its rotation; 0 is strict. */
  readonly graceMs: number;
  readonly idleLifetimeMs: number;
}

/** What to do about a presented refresh token. */
export type RotationDecision =
  /** Replace the token; `idleExpiresAt` is the deadline that follows from the reported activity. */
  | { readonly kind: "rotate"; readonly generation: number; readonly idleExpiresAt: number }
  /** Hand out the same successor once more: the answer that carried it was lost, or a sibling tab was faster. */
  | {
      readonly kind: "replay";
      readonly why: "same-attempt" | "grace";
      readonly elapsedMs: number;
      readonly predecessor: Predecessor;
    }
  /** A token that was rotated away came back: revoke the family. */
  | { readonly kind: "reuse" }
  | { readonly kind: "ended"; readonly reason: RecordedEndReason }
  /** Nothing is known that would justify to end anything. */
  | { readonly kind: "unknown"; readonly why: "no-record" | "forged" | "ahead" };

/**
 * Decides what a presented refresh token is worth. Pure and total: no clock, no randomness, no state × token throws.
 *
 * A stranger who knows the public session id can present anything, so only a *genuine* token may end a family. A token
 * ahead of the record comes from a store that was restored from a backup: that is not reuse either.
 *
 * @param record the family, or `null` when the store has none
 * @param at milliseconds since the epoch
 * @see RFC 9700 section 4.14.2 (refresh token rotation, reuse detection)
 */
export function decideRotation(
  record: SessionRecord | null,
  presented: PresentedToken,
  attempt: Attempt,
  at: number,
  policy: RotationPolicy,
): RotationDecision {
  if (record === null) return { kind: "unknown", why: "no-record" };
  if (!presented.genuine) return { kind: "unknown", why: "forged" };
  const reason = endOf(record, at);
  if (reason !== null) return { kind: "ended", reason };
  if (presented.generation > record.generation) return { kind: "unknown", why: "ahead" };
  if (sameSecret(presented.hash, record.currentHash)) {
    return {
      kind: "rotate",
      generation: record.generation + 1,
      idleExpiresAt: idleDeadline(record, attempt, at, policy.idleLifetimeMs),
    };
  }
  const { predecessor } = record;
  // only the immediate predecessor. Any older generation is reuse, however recent its rotation.
  if (predecessor === null || !sameSecret(presented.hash, predecessor.hash)) return { kind: "reuse" };
  return decideReplay(predecessor, attempt, at, policy.graceMs);
}

function decideReplay(
  predecessor: Predecessor,
  attempt: Attempt,
  at: number,
  graceMs: number,
): RotationDecision {
  // Another node's clock may be behind the one that rotated (D10).
  const elapsedMs = Math.max(0, at - predecessor.rotatedAt);
  if (attempt.nonce === predecessor.attempt)
    return { kind: "replay", why: "same-attempt", elapsedMs, predecessor };
  // Strict means strict: without the first test a replay in the very millisecond of the rotation would pass.
  if (graceMs > 0 && elapsedMs <= graceMs) return { kind: "replay", why: "grace", elapsedMs, predecessor };
  return { kind: "reuse" };
}

/**
 * The idle deadline moves with activity, and as far as an extension was granted. It never moves back (a tab that slept reports
 * old activity late), and an extension never leads beyond the end of the session.
 */
function idleDeadline(
  { idleExpiresAt, absoluteExpiresAt }: SessionRecord,
  { activityAgeSeconds, extensionMs = 0 }: Attempt,
  at: number,
  idleLifetimeMs: number,
): number {
  const byActivity =
    activityAgeSeconds === undefined ? idleExpiresAt : at - activityAgeSeconds * 1000 + idleLifetimeMs;
  const byExtension = extensionMs > 0 ? Math.min(at + extensionMs, absoluteExpiresAt) : idleExpiresAt;
  return Math.max(idleExpiresAt, byActivity, byExtension);
}

/** What the shell made for a rotation: the successor's hash, and what to remember of the token it replaces. */
export interface SuccessorEntry {
  readonly hash: string;
  readonly predecessor: Predecessor;
  /** Default: what the record says. */
  readonly lastUse?: LastUse;
}

/** Returns the record after a rotation. The absolute deadline is carried over untouched. */
export function rotateRecord(
  record: SessionRecord,
  decision: Extract<RotationDecision, { kind: "rotate" }>,
  successor: SuccessorEntry,
): SessionRecord {
  return {
    ...record,
    revision: record.revision + 1,
    generation: decision.generation,
    currentHash: successor.hash,
    predecessor: successor.predecessor,
    idleExpiresAt: decision.idleExpiresAt,
    lastUse: successor.lastUse ?? record.lastUse,
  };
}
