import { describe, expect, test } from "vitest";

import { decideRotation, rotateRecord, type Attempt, type PresentedToken } from "../src/rotation.js";
import { closeRecord, endOf, toEndReason, type SessionRecord } from "../src/session-record.js";

const START = 1_000_000;
const policy = { graceMs: 30_000, idleLifetimeMs: 600_000 };
const strict = { ...policy, graceMs: 0 };

const record: SessionRecord = {
  id: "session",
  revision: 7,
  userId: "ada",
  familyKey: "key",
  generation: 3,
  currentHash: "hash-3",
  predecessor: { hash: "hash-2", attempt: "second", rotatedAt: START, sealedSuccessor: "sealed" },
  createdAt: START - 5000,
  authTime: START - 5000,
  acr: null,
  amr: null,
  user: null,
  claims: {},
  idleExpiresAt: START + 600_000,
  lastUse: null,
  staleGeneration: 0,
  absoluteExpiresAt: START + 3_600_000,
  end: null,
};

function token(generation: number, genuine = true): PresentedToken {
  return { generation, hash: `hash-${generation}`, genuine };
}

function attempt(nonce = "new", activityAgeSeconds?: number): Attempt {
  return { nonce, activityAgeSeconds };
}

describe("the decision about a presented refresh token", () => {
  test("the current token rotates to the next generation", () => {
    expect(decideRotation(record, token(3), attempt(), START, policy)).toEqual({
      kind: "rotate",
      generation: 4,
      idleExpiresAt: record.idleExpiresAt,
    });
  });

  test("R-082: the predecessor with the attempt that rotated it is replayed at any time", () => {
    for (const elapsedMs of [0, 30_000, 599_999]) {
      const decision = decideRotation(record, token(2), attempt("second"), START + elapsedMs, strict);
      expect(decision).toMatchObject({ kind: "replay", why: "same-attempt", elapsedMs });
    }
  });

  test("R-085: the predecessor with another attempt is replayed up to the end of grace, and no millisecond longer", () => {
    expect(decideRotation(record, token(2), attempt(), START + 30_000, policy)).toMatchObject({
      why: "grace",
    });
    expect(decideRotation(record, token(2), attempt(), START + 30_001, policy)).toEqual({ kind: "reuse" });
  });

  test("grace 0 is strict, in the very millisecond of the rotation and with a clock that is behind", () => {
    expect(decideRotation(record, token(2), attempt(), START, strict)).toEqual({ kind: "reuse" });
    expect(decideRotation(record, token(2), attempt(), START - 9, strict)).toEqual({ kind: "reuse" });
  });

  test("R-083: a genuine token older than the predecessor is reuse, even with a known attempt", () => {
    expect(decideRotation(record, token(1), attempt("second"), START, policy)).toEqual({ kind: "reuse" });
  });

  test("a genuine token of the current generation that is not the current one is reuse: two branches exist", () => {
    const sibling = { ...token(3), hash: "sibl-3" };
    expect(decideRotation(record, sibling, attempt(), START, policy)).toEqual({ kind: "reuse" });
  });

  test("a first generation has no predecessor to forgive", () => {
    const first = { ...record, generation: 1, currentHash: "hash-1", predecessor: null };
    expect(decideRotation(first, { ...token(1), hash: "sibl-1" }, attempt(), START, policy)).toEqual({
      kind: "reuse",
    });
  });

  test("what is not genuine, not there or ahead of the record is unknown and ends nothing", () => {
    expect(decideRotation(null, token(3), attempt(), START, policy)).toEqual({
      kind: "unknown",
      why: "no-record",
    });
    expect(decideRotation(record, token(3, false), attempt(), START, policy)).toEqual({
      kind: "unknown",
      why: "forged",
    });
    expect(decideRotation(record, token(4), attempt(), START, policy)).toEqual({
      kind: "unknown",
      why: "ahead",
    });
  });

  test("a session that is over says why, whatever genuine token is presented", () => {
    const revoked = closeRecord(record, "revoked", START);
    for (const generation of [1, 2, 3, 4]) {
      expect(decideRotation(revoked, token(generation), attempt("second"), START, policy)).toEqual({
        kind: "ended",
        reason: "revoked",
      });
    }
    expect(decideRotation(record, token(3), attempt(), record.idleExpiresAt, policy)).toMatchObject({
      reason: "idle",
    });
    expect(decideRotation(record, token(3), attempt(), record.absoluteExpiresAt, policy)).toMatchObject({
      reason: "expired",
    });
  });
});

describe("deadlines", () => {
  const idleDeadline = (activityAge: number | undefined, at: number) => {
    const decision = decideRotation(record, token(3), attempt("new", activityAge), at, policy);
    return decision.kind === "rotate" ? decision.idleExpiresAt : decision;
  };

  test("the idle deadline moves with reported activity, counted from when it happened", () => {
    expect(idleDeadline(0, START + 60_000)).toBe(START + 660_000);
    expect(idleDeadline(20, START + 60_000)).toBe(START + 640_000);
  });

  test("L10: without reported activity, or with old activity, the idle deadline stays", () => {
    expect(idleDeadline(undefined, START + 60_000)).toBe(record.idleExpiresAt);
    expect(idleDeadline(3600, START + 60_000)).toBe(record.idleExpiresAt);
    expect(idleDeadline(Number.MAX_VALUE, START + 60_000)).toBe(record.idleExpiresAt);
  });

  test("R-089: a rotation carries the absolute deadline over untouched", () => {
    const next = rotateRecord(
      record,
      { kind: "rotate", generation: 4, idleExpiresAt: START + 999 },
      {
        hash: "hash-4",
        predecessor: { hash: "hash-3", attempt: "a", rotatedAt: START, sealedSuccessor: "s" },
      },
    );
    expect(next.absoluteExpiresAt).toBe(record.absoluteExpiresAt);
    expect(next).toMatchObject({
      revision: 8,
      generation: 4,
      currentHash: "hash-4",
      idleExpiresAt: START + 999,
    });
  });
});

describe("the end of a record", () => {
  test("a session lives until the very millisecond of a deadline", () => {
    expect(endOf(record, record.idleExpiresAt - 1)).toBeNull();
    expect(endOf(record, record.idleExpiresAt)).toBe("idle");
  });

  test("the first reason stays", () => {
    const closed = closeRecord(record, "signed-out", START);
    expect(closeRecord(closed, "revoked", START + 1)).toBe(closed);
    expect(toEndReason("replaced")).toBe("signed-out");
    expect(toEndReason("idle")).toBe("idle");
  });
});
