import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decideRotation, rotateRecord } from "../src/rotation.js";
import { closeRecord, type SessionRecord } from "../src/session-record.js";
import "./property-seed.js";

/** What can happen to a family: time passes, somebody presents any token that was ever issued, or makes one up. */
type Step =
  | { readonly kind: "pass"; readonly ms: number }
  | {
      readonly kind: "present";
      /** Counted back from the newest token. */
      readonly back: number;
      readonly nonce: number;
      readonly activityAge: number | undefined;
    }
  | { readonly kind: "forge"; readonly generation: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: -2000, max: 40_000 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("present" as const),
      back: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 1 }) },
        { weight: 1, arbitrary: fc.nat(5) },
      ),
      nonce: fc.nat(3),
      activityAge: fc.option(fc.double({ min: 0, max: 1000, noNaN: true }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("forge" as const),
      generation: fc.integer({ min: 1, max: 20 }),
    }),
  },
);

const world = fc.record({
  graceMs: fc.constantFrom(0, 1, 10_000, 30_000),
  idleLifetimeMs: fc.constantFrom(60_000, 300_000),
  absoluteLifetimeMs: fc.constantFrom(120_000, 400_000),
  steps: fc.array(step, { maxLength: 60 }),
});

function newFamily(idleLifetimeMs: number, absoluteLifetimeMs: number): SessionRecord {
  return {
    id: "s",
    revision: 1,
    userId: "u",
    familyKey: "k",
    generation: 1,
    currentHash: "token-1",
    predecessor: null,
    createdAt: 0,
    authTime: 0,
    acr: null,
    amr: null,
    user: null,
    claims: {},
    idleExpiresAt: idleLifetimeMs,
    lastUse: null,
    staleGeneration: 0,
    absoluteExpiresAt: absoluteLifetimeMs,
    end: null,
  };
}

describe("every history of a token family", () => {
  test("has one lineage, no live siblings, deadlines that hold, and ends for good", () => {
    fc.assert(
      fc.property(world, ({ steps, ...policy }) => {
        let family = newFamily(policy.idleLifetimeMs, policy.absoluteLifetimeMs);
        const issued = ["token-1"];
        let rotatedAt = 0;
        let rotatedBy = "";
        let at = 0;
        for (const happening of steps) {
          if (happening.kind === "pass") {
            at += happening.ms;
            continue;
          }
          if (happening.kind === "forge") {
            const forged = { generation: happening.generation, hash: "token-forged", genuine: false };
            const decision = decideRotation(
              family,
              forged,
              { nonce: "x", activityAgeSeconds: 0 },
              at,
              policy,
            );
            expect(decision.kind).toBe("unknown");
            continue;
          }
          const index = Math.max(0, issued.length - 1 - happening.back);
          const generation = index + 1;
          const presented = { generation, hash: issued[index] as string, genuine: true };
          const attempt = { nonce: `n${happening.nonce}`, activityAgeSeconds: happening.activityAge };
          const decision = decideRotation(family, presented, attempt, at, policy);
          const before = family;
          switch (decision.kind) {
            case "rotate": {
              // Only the newest token moves the line on: a sibling cannot come to be.
              expect(generation).toBe(issued.length);
              expect(decision.generation).toBe(issued.length + 1);
              expect(at).toBeLessThan(Math.min(before.idleExpiresAt, before.absoluteExpiresAt));
              expect(decision.idleExpiresAt).toBeGreaterThanOrEqual(before.idleExpiresAt);
              expect(decision.idleExpiresAt).toBeLessThanOrEqual(
                Math.max(before.idleExpiresAt, at + policy.idleLifetimeMs),
              );
              const hash = `token-${decision.generation}`;
              issued.push(hash);
              const predecessor = {
                hash: before.currentHash,
                attempt: attempt.nonce,
                rotatedAt: at,
                sealedSuccessor: hash,
              };
              family = rotateRecord(before, decision, { hash, predecessor });
              rotatedAt = at;
              rotatedBy = attempt.nonce;
              break;
            }
            case "replay":
              // Only the one before the newest, only its one successor, only for its holder or in time.
              expect(generation).toBe(issued.length - 1);
              expect(decision.predecessor.sealedSuccessor).toBe(issued.at(-1));
              expect(
                attempt.nonce === rotatedBy || (policy.graceMs > 0 && at - rotatedAt <= policy.graceMs),
              ).toBe(true);
              break;
            case "reuse":
              expect(generation).toBeLessThan(issued.length);
              family = closeRecord(before, "reuse-detected", at);
              break;
            case "ended":
              expect(
                before.end !== null || at >= Math.min(before.idleExpiresAt, before.absoluteExpiresAt),
              ).toBe(true);
              if (before.end !== null) expect(decision.reason).toBe(before.end.reason);
              family = closeRecord(before, decision.reason, at);
              break;
            case "unknown":
              expect.unreachable("a genuine token of this family is never unknown");
          }
          expect(family.absoluteExpiresAt).toBe(policy.absoluteLifetimeMs);
          expect(family.currentHash).toBe(issued.at(-1));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("the decision is total: no record × token × attempt throws", () => {
    const wild = fc.record({
      generation: fc.integer(),
      hash: fc.string(),
      genuine: fc.boolean(),
      nonce: fc.string(),
      age: fc.option(fc.double(), { nil: undefined }),
      at: fc.double(),
      graceMs: fc.double(),
    });
    fc.assert(
      fc.property(wild, ({ generation, hash, genuine, nonce, age, at, graceMs }) => {
        const family = newFamily(1000, 2000);
        for (const candidate of [null, family, closeRecord(family, "idle", 1)]) {
          const attempt = { nonce, activityAgeSeconds: age };
          const policy = { graceMs, idleLifetimeMs: 1000 };
          const decision = decideRotation(candidate, { generation, hash, genuine }, attempt, at, policy);
          expect(["rotate", "replay", "reuse", "ended", "unknown"]).toContain(decision.kind);
        }
      }),
    );
  });
});
