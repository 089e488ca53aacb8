import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { SessionRecord, SessionStore } from "../src/index.js";
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
    end: null,
    ...overrides,
  };
}

/** The promises that every store keeps. Run against the real thing, never a double. */
export function describeStore(name: string, open: () => Promise<SessionStore> | SessionStore): void {
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

    test("rejects after it was closed, and closes twice", async () => {
      await store.close();
      await store.close();
      await expect(store.read("a")).rejects.toThrow();
    });

    test("takes hostile ids and names for what they are: text", async () => {
      const hostile = "x'; DROP TABLE session; --";
      await store.insert(fullRecord({ id: hostile, userId: "__proto__" }));
      expect((await store.read(hostile))?.userId).toBe("__proto__");
      expect(await store.listByUser("__proto__")).toHaveLength(1);
    });
  });
}
