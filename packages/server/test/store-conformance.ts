import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { UnreadableRecordError, type SessionRecord, type SessionStore } from "../src/index.js";
import { closeRecord } from "../src/session-record.js";

/** A record with every member set, so that a store that drops one is found out. */
export function fullRecord(overrides: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: "AAAAAAAAAAAAAAAAAAAAAA",
    revision: 1,
    userId: "ada",
    familyKey: "key",
    generation: 4,
    currentHash: "current",
    predecessor: { hash: "predecessor", attempt: "a", rotatedAt: 1700, sealedSuccessor: "sealed" },
    createdAt: 1000,
    authTime: 900,
    acr: "urn:mfa",
    amr: ["pwd", "otp"],
    user: { name: "Ada ☃ \u0000 '\"", tags: [1, null, true] },
    claims: { role: "admin", __proto: "x" },
    idleExpiresAt: 5000,
    lastUse: {
      at: 1000,
      visitor: { userAgent: "A browser", brands: null, platform: null, mobile: "?0", address: "192.0.2.1" },
    },
    absoluteExpiresAt: 9000,
    staleGeneration: 3,
    end: null,
    ...overrides,
  };
}

/** Puts something else where a record was. */
export type SpoilRecord = (id: string) => Promise<unknown>;

/**
 * The promises that every store keeps. Run against the real thing, never a double.
 *
 * @param spoilings by name; none for a store to which nobody else writes
 */
export function describeStore(
  name: string,
  open: () => Promise<SessionStore> | SessionStore,
  spoilings: Readonly<Record<string, SpoilRecord>> = {},
): void {
  describe(`${name}: the conformance suite of stores`, () => {
    let store: SessionStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    test("reads back exactly what was inserted, and null for what was not", async () => {
      await store.insert(fullRecord());
      expect(await store.read(fullRecord().id)).toEqual(fullRecord());
      expect(await store.read("nobody")).toBeNull();
    });

    test("keeps a record with every optional member null", async () => {
      const bare = fullRecord({ predecessor: null, acr: null, amr: null, user: null, claims: {} });
      await store.insert(bare);
      expect(await store.read(bare.id)).toEqual(bare);
    });

    test("reads several as it reads each, in the order in which they are asked for", async () => {
      const other = fullRecord({ id: "BBBBBBBBBBBBBBBBBBBBBB", userId: "eve" });
      await store.insert(fullRecord());
      await store.insert(other);
      const ids = [other.id, "nobody", fullRecord().id, other.id];
      const read = await (store.readMany?.(ids) ?? Promise.all(ids.map((id) => store.read(id))));
      expect(read).toEqual([other, null, fullRecord(), other]);
    });

    test("reads none when it is asked for none", async () => {
      expect(await (store.readMany?.([]) ?? [])).toEqual([]);
    });

    test("reads 250 at once, closed ones and gone ones among them", async () => {
      const ids = Array.from({ length: 250 }, (_, index) => `session-${index}`);
      await Promise.all(ids.slice(1).map((id) => store.insert(fullRecord({ id, userId: id }))));
      await store.revokeByUser("session-7", { reason: "revoked", at: 7 });
      const read = await (store.readMany?.(ids) ?? Promise.all(ids.map((id) => store.read(id))));
      expect(read.map((found) => found !== null && "id" in found && found.id)).toEqual([
        false,
        ...ids.slice(1),
      ]);
      expect(read[7]).toEqual(await store.read("session-7"));
      expect(read[7]).toMatchObject({ revision: 2, end: { reason: "revoked", at: 7 } });
    });

    test.for(Object.entries(spoilings))(
      "R-150: says of %s only that it cannot be made out, and reads all others",
      async ([, spoil]) => {
        for (const id of ["before", "spoilt", "after"]) await store.insert(fullRecord({ id }));
        await spoil("spoilt");
        await expect(store.read("spoilt")).rejects.toThrow(new UnreadableRecordError());
        const ids = ["before", "spoilt", "nobody", "after"];
        expect(await store.readMany?.(ids)).toEqual([
          fullRecord({ id: "before" }),
          new UnreadableRecordError(),
          null,
          fullRecord({ id: "after" }),
        ]);
      },
    );

    test.for(Object.entries(spoilings))(
      "R-092: %s keeps nobody from listing, revoking and deleting a user's other sessions",
      async ([, spoil]) => {
        for (const [index, id] of ["before", "spoilt", "after"].entries())
          await store.insert(fullRecord({ id, createdAt: index }));
        await spoil("spoilt");
        expect((await store.listByUser("ada")).map(({ id }) => id)).toEqual(["before", "after"]);
        const closed = await store.revokeByUser("ada", { reason: "revoked", at: 7 });
        expect(closed).toEqual(expect.arrayContaining(["before", "after"]));
        expect((await store.read("after"))?.end).toEqual({ reason: "revoked", at: 7 });
        expect(await store.deleteExpired(9001)).toBe(3);
        expect(await store.read("spoilt")).toBeNull();
      },
    );

    test("rejects a second record with the same id and keeps the first", async () => {
      await store.insert(fullRecord());
      await expect(store.insert(fullRecord({ userId: "eve" }))).rejects.toThrow();
      expect((await store.read(fullRecord().id))?.userId).toBe("ada");
    });

    test("R-081: replaces a record of the expected revision and no other", async () => {
      await store.insert(fullRecord());
      const next = fullRecord({ revision: 2, currentHash: "next", idleExpiresAt: 6000 });
      expect(await store.compareAndSet(next.id, 2, next)).toBe(false);
      expect(await store.compareAndSet("nobody", 1, next)).toBe(false);
      expect(await store.read(next.id)).toEqual(fullRecord());
      expect(await store.compareAndSet(next.id, 1, next)).toBe(true);
      expect(await store.read(next.id)).toEqual(next);
      expect(await store.compareAndSet(next.id, 1, next)).toBe(false);
    });

    test("R-081: of 50 writers that expect the same revision exactly one wins", async () => {
      await store.insert(fullRecord());
      const writes = Array.from({ length: 50 }, (_, writer) =>
        store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2, currentHash: `writer-${writer}` })),
      );
      const results = await Promise.all(writes);
      expect(results.filter(Boolean)).toHaveLength(1);
      expect((await store.read(fullRecord().id))?.currentHash).toBe(`writer-${results.indexOf(true)}`);
    });

    test("keeps a closed record, its reason and its moment", async () => {
      await store.insert(fullRecord());
      const closed = closeRecord(fullRecord(), "reuse-detected", 4321);
      await store.compareAndSet(closed.id, 1, closed);
      expect(await store.read(closed.id)).toEqual(closed);
    });

    test("lists the open sessions of one user, oldest first", async () => {
      await store.insert(fullRecord({ id: "b", createdAt: 2000 }));
      await store.insert(fullRecord({ id: "a", createdAt: 1000 }));
      await store.insert(fullRecord({ id: "c", userId: "eve" }));
      await store.insert(fullRecord({ id: "d", end: { reason: "idle", at: 1 } }));
      expect((await store.listByUser("ada")).map((record) => record.id)).toEqual(["a", "b"]);
      expect(await store.listByUser("nobody")).toEqual([]);
    });

    test("R-092: revokes the open sessions of one user, but one, and says which", async () => {
      await store.insert(fullRecord({ id: "a" }));
      await store.insert(fullRecord({ id: "b" }));
      await store.insert(fullRecord({ id: "kept" }));
      await store.insert(fullRecord({ id: "over", end: { reason: "idle", at: 1 } }));
      await store.insert(fullRecord({ id: "eves", userId: "eve" }));
      const revoked = await store.revokeByUser("ada", { reason: "revoked", at: 77, exceptSessionId: "kept" });
      expect([...revoked].sort()).toEqual(["a", "b"]);
      expect(await store.read("a")).toEqual(
        fullRecord({ id: "a", revision: 2, end: { reason: "revoked", at: 77 } }),
      );
      expect((await store.read("kept"))?.end).toBeNull();
      expect((await store.read("over"))?.end?.reason).toBe("idle");
      expect((await store.read("eves"))?.end).toBeNull();
      expect(await store.revokeByUser("ada", { reason: "revoked", at: 78, exceptSessionId: "kept" })).toEqual(
        [],
      );
    });

    test("R-093: a rotation that was decided before a revocation and written after it fails", async () => {
      await store.insert(fullRecord());
      await store.revokeByUser("ada", { reason: "revoked", at: 1 });
      expect(await store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2 }))).toBe(false);
      expect((await store.read(fullRecord().id))?.end?.reason).toBe("revoked");
    });

    test("deletes what is past its absolute deadline, and only that", async () => {
      await store.insert(fullRecord({ id: "past", absoluteExpiresAt: 99 }));
      await store.insert(fullRecord({ id: "edge", absoluteExpiresAt: 100 }));
      expect(await store.deleteExpired(100)).toBe(1);
      expect(await store.read("past")).toBeNull();
      expect(await store.read("edge")).not.toBeNull();
    });

    test("R-143: who watches hears of sessions that end, one by one or all of a user's, and of no other", async () => {
      for (const id of ["ended", "swept", "kept"]) await store.insert(fullRecord({ id }));
      await store.insert(fullRecord({ id: "refreshed", userId: "eve" }));
      const heard = await listen(store);
      await store.insert(fullRecord({ id: "new", userId: "eve" }));
      const rotated = fullRecord({ id: "refreshed", userId: "eve", revision: 2, generation: 5 });
      await store.compareAndSet("refreshed", 1, rotated);
      await store.compareAndSet("ended", 1, closeRecord(fullRecord({ id: "ended" }), "revoked", 7));
      await heard.until("ended");
      await store.revokeByUser("ada", { reason: "revoked", at: 7, exceptSessionId: "kept" });
      await heard.until("swept");
      expect(new Set(heard.ids())).toEqual(new Set(["ended", "swept"]));
    });

    test("R-143: who watches hears of a session whose grants went stale, and can read that at once", async () => {
      await store.insert(fullRecord());
      const read: Array<Promise<SessionRecord | null>> = [];
      await store.watch((notice) => {
        if (notice.kind === "news") read.push(store.read(notice.sessionId));
      });
      await store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2, staleGeneration: 4 }));
      await vi.waitFor(() => expect(read).not.toHaveLength(0), 5000);
      expect((await read[0])?.staleGeneration).toBe(4);
    });

    test("R-143: a write that lost its race is no news", async () => {
      await store.insert(fullRecord({ id: "raced" }));
      await store.insert(fullRecord({ id: "after" }));
      const heard = await listen(store);
      await store.compareAndSet("raced", 9, closeRecord(fullRecord({ id: "raced" }), "revoked", 7));
      await store.compareAndSet("after", 1, closeRecord(fullRecord({ id: "after" }), "revoked", 7));
      await heard.until("after");
      expect(heard.ids()).not.toContain("raced");
    });

    test("tells all who watch, each until it stops", async () => {
      await store.insert(fullRecord({ id: "first" }));
      await store.insert(fullRecord({ id: "second" }));
      const [leaving, staying] = [await listen(store), await listen(store)];
      await store.compareAndSet("first", 1, closeRecord(fullRecord({ id: "first" }), "revoked", 7));
      await leaving.until("first");
      await leaving.stop();
      await leaving.stop();
      await store.compareAndSet("second", 1, closeRecord(fullRecord({ id: "second" }), "revoked", 7));
      await staying.until("second");
      expect(leaving.ids()).not.toContain("second");
      await staying.stop();
    });

    test("rejects after it was closed, and closes twice", async () => {
      await store.close();
      await store.close();
      await expect(store.read("a")).rejects.toThrow();
      if (store.readMany !== undefined) await expect(store.readMany(["a"])).rejects.toThrow();
      await expect(store.watch(() => undefined)).rejects.toThrow();
    });

    test("takes hostile ids and names for what they are: text", async () => {
      const hostile = "x'; DROP TABLE session; --";
      await store.insert(fullRecord({ id: hostile, userId: "__proto__" }));
      expect((await store.read(hostile))?.userId).toBe("__proto__");
      expect(await store.listByUser("__proto__")).toHaveLength(1);
    });
  });
}

async function listen(store: SessionStore) {
  const heard: string[] = [];
  const stop = await store.watch((notice) => {
    if (notice.kind === "news") heard.push(notice.sessionId);
  });
  return {
    stop,
    ids: () => [...heard],
    until: (id: string) => vi.waitFor(() => expect(heard).toContain(id), 5000),
  };
}
