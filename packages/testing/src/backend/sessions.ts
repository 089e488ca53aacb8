/** The sessions of the authority, and when they are over. */
import { closeRecord, endOf, toEndReason, type SessionRecord } from "@lockstep/server/rotation";
import type { AuthorityEvent, EndReason } from "./authority.js";

export interface SessionBookOptions {
  readonly now: () => number;
  readonly idleLifetimeMs: number;
  readonly absoluteLifetimeMs: number;
  readonly onEvent: (event: AuthorityEvent) => void;
}

/** What may be asked of it. Of a session that never was, every time is `-Infinity`. */
export interface SessionAccounts {
  /** As it stands in the store. */
  recordOf(sessionId: string): SessionRecord | null;
  /** Whose session it is. */
  userOf(sessionId: string): string | null;
  /** Why a session is over by now; `null` while it lives; `unknown` if there was none of that name. */
  endOf(sessionId: string): EndReason | null | "unknown";
  /** When it ended, or will if nothing happens. */
  endsAt(sessionId: string): number;
  /** When it ends of inactivity. */
  idlesOutAt(sessionId: string): number;
  startedAt(sessionId: string): number;
  /** When it ends whatever happens. */
  expiresAt(sessionId: string): number;
}

export interface SessionBook {
  get(sessionId: string): SessionRecord | null;
  all(): Iterable<SessionRecord>;
  begin(id: string, userId: string, refreshToken: string): SessionRecord;
  put(record: SessionRecord): void;
  /** Ends it, unless it has ended: then the first reason stands. */
  close(record: SessionRecord, reason: Parameters<typeof closeRecord>[1]): void;
  /** What grants of the user's live sessions say of them is no longer true. */
  change(userId: string): void;
  readonly accounts: SessionAccounts;
}

export function createSessionBook({
  now,
  idleLifetimeMs,
  absoluteLifetimeMs,
  onEvent,
}: SessionBookOptions): SessionBook {
  const sessions = new Map<string, SessionRecord>();
  return {
    get: (sessionId) => sessions.get(sessionId) ?? null,
    all: () => sessions.values(),
    put: (record) => void sessions.set(record.id, record),
    begin(id, userId, refreshToken) {
      const at = now();
      const record: SessionRecord = {
        id,
        revision: 1,
        userId,
        familyKey: "",
        generation: 1,
        currentHash: refreshToken,
        predecessor: null,
        createdAt: at,
        authTime: at,
        acr: null,
        amr: null,
        user: { id: userId },
        claims: {},
        idleExpiresAt: at + idleLifetimeMs,
        lastUse: null,
        staleGeneration: 0,
        absoluteExpiresAt: at + absoluteLifetimeMs,
        end: null,
      };
      sessions.set(id, record);
      return record;
    },
    close(record, reason) {
      if (record.end !== null) return;
      const closed = closeRecord(record, endOf(record, now()) ?? reason, now());
      sessions.set(record.id, closed);
      onEvent({ type: "ended", sessionId: record.id, reason: closed.end?.reason ?? reason });
    },
    change(userId) {
      for (const record of sessions.values()) {
        if (record.userId !== userId || endOf(record, now()) !== null) continue;
        const { id, generation } = record;
        sessions.set(id, { ...record, revision: record.revision + 1, staleGeneration: generation });
        onEvent({ type: "changed", sessionId: id, generation });
      }
    },
    accounts: {
      recordOf: (sessionId) => sessions.get(sessionId) ?? null,
      userOf: (sessionId) => sessions.get(sessionId)?.userId ?? null,
      startedAt: (sessionId) => sessions.get(sessionId)?.createdAt ?? -Infinity,
      expiresAt: (sessionId) => sessions.get(sessionId)?.absoluteExpiresAt ?? -Infinity,
      idlesOutAt: (sessionId) => sessions.get(sessionId)?.idleExpiresAt ?? -Infinity,
      endsAt(sessionId) {
        const record = sessions.get(sessionId);
        if (record === undefined) return -Infinity;
        return Math.min(record.end?.at ?? Infinity, record.absoluteExpiresAt, record.idleExpiresAt);
      },
      endOf(sessionId) {
        const record = sessions.get(sessionId);
        if (record === undefined) return "unknown";
        const reason = endOf(record, now());
        return reason === null ? null : toEndReason(reason);
      },
    },
  };
}
