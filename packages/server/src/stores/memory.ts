import { closeRecord, type SessionRecord } from "../session-record.js";
import type { SessionStore } from "./session-store.js";

/**
 * Keeps sessions in memory, for tests, demos and a single process that may forget everybody on restart.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from "@lockstep/server";
 *
 * const store = createMemoryStore();
 * ```
 */
export function createMemoryStore(): SessionStore {
  const records = new Map<string, SessionRecord>();
  let closed = false;

  function assertOpen(): void {
    if (closed) throw new Error("The session store is closed.");
  }

  return {
    async insert(record) {
      assertOpen();
      if (records.has(record.id)) throw new Error("A session with this id exists.");
      records.set(record.id, record);
    },

    async read(id) {
      assertOpen();
      return records.get(id) ?? null;
    },

    async compareAndSet(id, expectedRevision, next) {
      assertOpen();
      if (records.get(id)?.revision !== expectedRevision) return false;
      records.set(id, next);
      return true;
    },

    async listByUser(userId) {
      assertOpen();
      return [...records.values()]
        .filter((record) => record.userId === userId && record.end === null)
        .sort((left, right) => left.createdAt - right.createdAt);
    },

    async revokeByUser(userId, { reason, at, exceptSessionId }) {
      assertOpen();
      const closing = [...records.values()].filter(
        (record) => record.userId === userId && record.end === null && record.id !== exceptSessionId,
      );
      for (const record of closing) records.set(record.id, closeRecord(record, reason, at));
      return closing.map((record) => record.id);
    },

    async deleteExpired(before) {
      assertOpen();
      const expired = [...records.values()].filter((record) => record.absoluteExpiresAt < before);
      for (const record of expired) records.delete(record.id);
      return expired.length;
    },

    async close() {
      closed = true;
      records.clear();
    },
  };
}
