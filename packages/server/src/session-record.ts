import type { JsonObject, JsonValue } from "./json.js";

/** Why a session is over, in the words of the wire protocol. */
export type EndReason = "no-session" | "idle" | "expired" | "revoked" | "reuse-detected" | "signed-out";

/**
 * Why a record was closed, in the words of the store.
 *
 * `replaced` is a session that the same browser ended by signing in again. Clients read `signed-out`; the server keeps the
 * two apart because the cookies of a *replaced* session may already be those of its replacement.
 */
export type RecordedEndReason = Exclude<EndReason, "no-session"> | "replaced";

/** The moment and the reason a session was closed for good. */
export interface RecordedEnd {
  readonly reason: RecordedEndReason;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What is remembered of the refresh token that the current one replaced. */
export interface Predecessor {
  /** SHA-256 of the token, base64url (R-090: no token is stored). */
  readonly hash: string;
  /** The attempt that rotated it: the same attempt again means that its answer was lost. */
  readonly attempt: string;
  /** Milliseconds since the epoch. Never moved by a replay: grace is measured from the rotation. */
  readonly rotatedAt: number;
  /** The successor, readable only with the predecessor in hand. */
  readonly sealedSuccessor: string;
}

/** What a browser says of itself, as it came, and the address it was said from. */
export interface Visitor {
  readonly userAgent: string | null;
  /** `Sec-CH-UA`. */
  readonly brands: string | null;
  /** `Sec-CH-UA-Platform`. */
  readonly platform: string | null;
  /** `Sec-CH-UA-Mobile`. */
  readonly mobile: string | null;
  readonly address: string | null;
}

/** The last time that a session was started, refreshed or renewed. */
export interface LastUse {
  readonly at: number;
  readonly visitor: Visitor;
}

/** One session, which is one family of refresh tokens. All moments are milliseconds since the epoch. */
export interface SessionRecord {
  /** 128 random bits, base64url. Public: the version cookie and access tokens carry it. */
  readonly id: string;
  /** Grows by one with every write; the expectation of a compare-and-set. */
  readonly revision: number;
  readonly userId: string;
  /** 256 random bits, base64url: authenticates that a token of any generation was issued here. */
  readonly familyKey: string;
  /** Ordinal of the current refresh token, from 1. */
  readonly generation: number;
  /** SHA-256 of the current refresh token, base64url. */
  readonly currentHash: string;
  readonly predecessor: Predecessor | null;
  readonly createdAt: number;
  /** When the user last proved who they are (OpenID Connect `auth_time`). */
  readonly authTime: number;
  readonly acr: string | null;
  readonly amr: readonly string[] | null;
  readonly user: JsonValue;
  readonly claims: JsonObject;
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
  /** `null` in records of servers that did not keep it. */
  readonly lastUse: LastUse | null;
  /** Grants of up to this generation say what is no longer true of the user; 0: none do. */
  readonly staleGeneration: number;
  readonly end: RecordedEnd | null;
}

/** Tells whether a state is one that the session's browsers should hear of at once: it ended, or its grants went stale. */
export function isNews({ end, generation, staleGeneration }: SessionRecord): boolean {
  return end !== null || staleGeneration === generation;
}

/** Returns the record closed; a record that was closed before keeps its first reason. */
export function closeRecord(record: SessionRecord, reason: RecordedEndReason, at: number): SessionRecord {
  if (record.end !== null) return record;
  return { ...record, revision: record.revision + 1, end: { reason, at } };
}

/** Tells why a session is over at a moment, or `null` while it lives. */
export function endOf(record: SessionRecord, at: number): RecordedEndReason | null {
  if (record.end !== null) return record.end.reason;
  if (at >= record.absoluteExpiresAt) return "expired";
  if (at >= record.idleExpiresAt) return "idle";
  return null;
}

/** Translates the store's reason into the client's. */
export function toEndReason(reason: RecordedEndReason): EndReason {
  return reason === "replaced" ? "signed-out" : reason;
}
