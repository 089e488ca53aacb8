import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeHold,
  decodeMark,
  decodeRecord,
  encodeHold,
  encodeRecord,
  isSettled,
  remainingMs,
  type Hold,
} from "../../src/machine/register.js";
import type { EpochRecord } from "../../src/machine/version.js";
import { fuzzRuns } from "../support/property.js";

const count = fc.integer({ min: 0, max: 999_999_999_999_999 });
/** Session ids as servers may make them: what a cookie holds (RFC 6265 §4.1.1), less the register's own separator. */
const sessionId = fc.stringMatching(/^[!#-+\--:<-[\]-}]{1,128}$/);
const reason = fc.constantFrom(
  "signed-out",
  "signed-out-elsewhere",
  "idle",
  "expired",
  "revoked",
  "reuse-detected",
  "no-session",
);
const epoch = fc.integer({ min: 1, max: 999_999_999_999_999 });
const record: fc.Arbitrary<EpochRecord> = fc.oneof(
  fc.record({ epoch, status: fc.constant("in" as const), sessionId: fc.option(sessionId) }),
  fc.record({
    epoch,
    status: fc.constant("out" as const),
    sessionId: fc.option(sessionId),
    reason: reason as fc.Arbitrary<"idle">,
    pending: fc.constantFrom("this" as const, "all" as const, null),
  }),
);
const hold: fc.Arbitrary<Hold> = fc.record({
  kind: fc.constantFrom("claim" as const, "cooldown" as const, "sign-in" as const),
  attempt: fc.stringMatching(/^[\w-]{1,64}$/),
  base: fc.option(fc.record({ sessionId, revision: count })),
  startedAtWall: count,
  ttlMs: fc.nat(60_000),
  failures: fc.nat(1_000),
  code: fc.constantFrom(
    "network" as const,
    "timeout" as const,
    "rate-limited" as const,
    "unavailable" as const,
    "bad-answer" as const,
    "conflict" as const,
    "refused" as const,
    null,
  ),
});

/** Changes one piece of a cookie's value. */
function spoiled(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom("~", "", "-", ".", "%", "1e9", "-1", "__proto__", "constructor"),
    fc.string(),
  );
  return fc.tuple(value, fc.nat(), piece).map(([text, index, piece]) => {
    const fields = text.split("~");
    fields[index % fields.length] = piece;
    return fields.join("~");
  });
}

describe(`R-054: fuzz of the register's cookies, ${fuzzRuns} cases each`, { timeout: 60_000 }, () => {
  it("a record is read as it was written, and fits a cookie", () => {
    fc.assert(
      fc.property(record, (record) => {
        const text = encodeRecord(record);
        expect(decodeRecord(text)).toEqual(record);
        expect(text).toMatch(/^[!#-+\--:<-[\]-~]+$/);
        expect(text.length).toBeLessThan(1_024);
      }),
    );
  });

  it("a hold is read as it was written, and fits a cookie", () => {
    fc.assert(
      fc.property(hold, (hold) => {
        const text = encodeHold(hold);
        expect(decodeHold(text)).toEqual(hold);
        expect(text).toMatch(/^[!#-+\--:<-[\]-~]+$/);
        expect(text.length).toBeLessThan(1_024);
      }),
    );
  });

  it("a mark is read as the server writes it", () => {
    fc.assert(
      fc.property(sessionId, count, (sessionId, revision) => {
        expect(decodeMark(`${sessionId}.${revision}`)).toEqual({ sessionId, revision });
      }),
    );
  });

  it("any text is read without an error, and is nothing or something whole", () => {
    const whole = fc.oneof(record.map(encodeRecord), hold.map(encodeHold));
    const text = fc.oneof(fc.string({ unit: "binary" }), whole, spoiled(whole));
    const seen = { records: 0, holds: 0, nothing: 0 };
    fc.assert(
      fc.property(text, (text) => {
        const [record, hold, mark] = [decodeRecord(text), decodeHold(text), decodeMark(text)];
        if (record !== null) {
          seen.records += 1;
          expect(decodeRecord(encodeRecord(record))).toEqual(record);
          expect(record.epoch).toBeGreaterThan(0);
        }
        if (hold !== null) {
          seen.holds += 1;
          expect(decodeHold(encodeHold(hold))).toEqual(hold);
        }
        if (record === null && hold === null) seen.nothing += 1;
        if (mark !== null) expect(mark.revision).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(Math.min(seen.records, seen.holds, seen.nothing)).toBeGreaterThan(fuzzRuns / 100);
  });

  it("L7: no hold stands longer than it was meant to, whatever the clock", () => {
    fc.assert(
      fc.property(hold, fc.integer(), (hold, wall) => {
        const remaining = remainingMs(hold, wall);
        expect(remaining).toBeGreaterThanOrEqual(0);
        expect(remaining).toBeLessThanOrEqual(hold.ttlMs);
        if (remaining === 0)
          expect(isSettled(hold, { record: null, mark: null, hold, lifetime: null }, wall)).toBe(true);
      }),
    );
  });
});
