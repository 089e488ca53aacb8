/** What the session needs of the register that all tabs read. */
import { describe, expect, it } from "vitest";
import type { Hold } from "../../src/machine/register.js";
import type { EpochRecord } from "../../src/machine/version.js";
import type { RegisterPort } from "../../src/runtime/ports.js";

export interface RegisterUnderTest {
  tab(): RegisterPort;
  /** The server sets its version cookie, or takes it back. */
  setMark(sessionId: string, revision: number): void;
}

export const exampleHold: Hold = {
  kind: "claim",
  attempt: "tab-1-7",
  base: { sessionId: "s1", revision: 4 },
  startedAtWall: 1_800_000_000_000,
  ttlMs: 28_000,
  failures: 2,
  code: null,
};

const records: readonly EpochRecord[] = [
  { epoch: 1, status: "in", sessionId: null },
  { epoch: 2, status: "in", sessionId: "s1" },
  { epoch: 3, status: "in", sessionId: "a=b.c/d+e%7E-|{}" },
  { epoch: 4, status: "out", sessionId: "s1", reason: "signed-out", pending: "all" },
  { epoch: 5, status: "out", sessionId: null, reason: "reuse-detected", pending: null },
];

const holds: readonly Hold[] = [
  exampleHold,
  { ...exampleHold, kind: "cooldown", base: null, code: "rate-limited", ttlMs: 86_400_000 },
  { ...exampleHold, kind: "sign-in", ttlMs: 0, failures: 0 },
];

export function describeRegisterConformance(name: string, create: () => RegisterUnderTest): void {
  describe(`L9: ${name} shows every tab the same`, () => {
    it("a browser that nobody signed in with shows nothing", () => {
      expect(create().tab().read()).toEqual({ record: null, mark: null, hold: null });
    });

    it.each(records)("a record is read as it was written, by every tab, at once: epoch $epoch", (record) => {
      const { tab } = create();
      const [a, b] = [tab(), tab()];
      a.writeRecord(record);
      expect(b.read().record).toEqual(record);
      expect(a.read().record).toEqual(record);
    });

    it.each(holds)("a hold is read as it was written, by every tab, at once: $kind", (hold) => {
      const { tab } = create();
      const [a, b] = [tab(), tab()];
      a.writeHold(hold);
      expect(b.read().hold).toEqual(hold);
      b.writeHold(null);
      expect(a.read().hold).toBeNull();
    });

    it("the last writer's word stands, and record and hold do not touch each other", () => {
      const { tab } = create();
      const [a, b] = [tab(), tab()];
      a.writeRecord({ epoch: 1, status: "in", sessionId: "s1" });
      a.writeHold(exampleHold);
      b.writeRecord({ epoch: 2, status: "in", sessionId: "s2" });
      b.writeHold({ ...exampleHold, failures: 3 });
      expect(a.read().record?.epoch).toBe(2);
      expect(a.read().hold?.failures).toBe(3);
    });

    it("R-054: the server's version cookie is read as it stands now", () => {
      const { tab, setMark } = create();
      const a = tab();
      setMark("s.1", 0);
      expect(a.read().mark).toEqual({ sessionId: "s.1", revision: 0 });
      setMark("s.1", 1);
      expect(a.read().mark).toEqual({ sessionId: "s.1", revision: 1 });
    });
  });
}
