/** The sessions of the authority, and when they are over. */
import { closeRecord, endOf, toEndReason, type SessionRecord } from "@lockstep/server/rotation";
import type { AuthorityEvent, EndReason } from "./authority.js";

export interface SessionBookOptions {
  readonly now: () => number;
  readonly idleLifetimeMs: number;
  readonly absoluteLifetimeMs: number;
  readonly onEvent: (event: AuthorityEvent) => void;
}

export interface SessionBook {
  get(sessionId: string): SessionRecord | null;
  all(): Iterable<SessionRecord>;
  begin(id: string, userId: string, refreshToken: string): SessionRecord;
  put(record: SessionRecord): void;
  /** Ends it, unless it has ended: then the first reason stands. */
  close(record: SessionRecord, reason: Parameters<typeof closeRecord>[1]): void;
  endOf(sessionId: string): EndReason | null | "unknown";
  /** When it ended, or will if nothing happens; `-Infinity` if there was none of that name. */
  endsAt(sessionId: string): number;
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
  };
}
