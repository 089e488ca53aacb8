/** What the session needs of the register that all tabs read. */
import type { EpochRecord, Hold, Lifetime, RegisterPort } from "@lockstep/core/internals";
import { equal } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface RegisterUnderTest extends Closable {
  tab(): RegisterPort;
  /** The server sets its version cookie. */
  setMark(sessionId: string, revision: number): void | Promise<void>;
  /** The lock goes from each tab to the next: what was written before may lag in another tab until then, and no longer. */
  handOver(): void | Promise<void>;
}

/** A claim as a tab makes it. */
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

function recordIsKept(record: EpochRecord): (subject: RegisterUnderTest) => Promise<void> {
  return async ({ tab, handOver }) => {
    const [a, b] = [tab(), tab()];
    a.writeRecord(record);
    equal(a.read().record, record, "the record");
    await handOver();
    equal(b.read().record, record, "the record in another tab");
  };
}

function holdIsKept(hold: Hold): (subject: RegisterUnderTest) => Promise<void> {
  return async ({ tab, handOver }) => {
    const [a, b] = [tab(), tab()];
    a.writeHold(hold);
    equal(a.read().hold, hold, "the hold");
    await handOver();
    equal(b.read().hold, hold, "the hold in another tab");
    b.writeHold(null);
    equal(b.read().hold, null, "a hold that was taken back");
    await handOver();
    equal(a.read().hold, null, "a hold that another tab took back");
  };
}

const lifetimes: readonly Lifetime[] = [
  { sessionId: "s1", idleAtWall: 1_800_000_000_000, idleLimitMs: 1_800_000, endsAtWall: 1_800_000_040_000 },
  { sessionId: "a=b.c/d+e%7E-|{}", idleAtWall: null, idleLimitMs: null, endsAtWall: null },
];

function lifetimeIsKept(lifetime: Lifetime): (subject: RegisterUnderTest) => Promise<void> {
  return async ({ tab, handOver }) => {
    const [a, b] = [tab(), tab()];
    a.writeLifetime(lifetime);
    equal(a.read().lifetime, lifetime, "the lifetime");
    await handOver();
    equal(b.read().lifetime, lifetime, "the lifetime in another tab");
  };
}

function each<Value>(
  values: readonly Value[],
  title: (value: Value) => string,
  keep: (value: Value) => (subject: RegisterUnderTest) => Promise<void>,
): Record<string, (subject: RegisterUnderTest) => Promise<void>> {
  return Object.fromEntries(values.map((value) => [title(value), keep(value)]));
}

/** What is written shows in its own tab at once, and in the others when they get the lock. */
export function registerConformance(create: () => RegisterUnderTest): readonly ConformanceCase[] {
  return casesOf("L9, one register for all tabs", create, {
    "a browser that nobody signed in with shows nothing": ({ tab }) => {
      equal(tab().read(), { record: null, mark: null, hold: null, lifetime: null }, "the register");
    },

    ...each(records, ({ epoch }) => `a record is read as it was written: epoch ${epoch}`, recordIsKept),
    ...each(holds, ({ kind }) => `a hold is read as it was written: ${kind}`, holdIsKept),

    ...each(
      lifetimes,
      ({ sessionId }) => `a lifetime is read as it was written: ${sessionId}`,
      lifetimeIsKept,
    ),

    "the last writer's word stands, and record and hold do not touch each other": async ({
      tab,
      handOver,
    }) => {
      const [a, b] = [tab(), tab()];
      a.writeRecord({ epoch: 1, status: "in", sessionId: "s1" });
      a.writeHold(exampleHold);
      await handOver();
      b.writeRecord({ epoch: 2, status: "in", sessionId: "s2" });
      b.writeHold({ ...exampleHold, failures: 3 });
      await handOver();
      equal(a.read().record?.epoch, 2, "the record's epoch");
      equal(a.read().hold?.failures, 3, "the hold's failures");
    },

    "R-054: the server's version cookie is read as it stands now": async ({ tab, setMark }) => {
      const a = tab();
      await setMark("s.1", 0);
      equal(a.read().mark, { sessionId: "s.1", revision: 0 }, "the mark");
      await setMark("s.1", 1);
      equal(a.read().mark, { sessionId: "s.1", revision: 1 }, "the mark after a rotation");
    },
  });
}
