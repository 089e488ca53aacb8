import { closeRecord, isNews, type SessionRecord } from "../session-record.js";
import { tellAll, type SessionStore, type StoreListener } from "./session-store.js";

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
  const listeners = new Set<StoreListener>();
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
      if (isNews(next)) tellAll(listeners, [{ kind: "news", sessionId: id }]);
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
      tellAll(
        listeners,
        closing.map(({ id }) => ({ kind: "news", sessionId: id })),
      );
      return closing.map((record) => record.id);
    },

    async deleteExpired(before) {
      assertOpen();
      const expired = [...records.values()].filter((record) => record.absoluteExpiresAt < before);
      for (const record of expired) records.delete(record.id);
      return expired.length;
    },

    async watch(listener) {
      assertOpen();
      // One that is added twice hears twice, and stops twice.
      const own: StoreListener = (notice) => listener(notice);
      listeners.add(own);
      return async () => void listeners.delete(own);
    },

    async close() {
      closed = true;
      records.clear();
      listeners.clear();
    },
  };
}
