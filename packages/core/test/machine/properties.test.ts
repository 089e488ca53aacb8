import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event, Peer } from "../../src/machine/event.js";
import type { Identity } from "../../src/machine/outcome.js";
import type { RegisterReading } from "../../src/machine/register.js";
import { compareRecords, laterRecord, type EpochRecord } from "../../src/machine/version.js";
import "../support/property.js";
import { identity, MachineTab } from "./support.js";

/** Mostly the same session, so that walks get somewhere. */
const sessions = fc.constantFrom("S1", "S1", "S1", "S1", "S2", "S3");
const tabs = fc.constantFrom("tab-a", "tab-b", "tab-c");
const small = fc.nat(6);

const record: fc.Arbitrary<EpochRecord> = fc.oneof(
  fc.record({
    epoch: fc.integer({ min: 1, max: 6 }),
    status: fc.constant("in" as const),
    sessionId: fc.option(sessions),
  }),
  fc.record({
    epoch: fc.integer({ min: 1, max: 6 }),
    status: fc.constant("out" as const),
    sessionId: fc.option(sessions),
    reason: fc.constantFrom("signed-out", "idle", "expired", "revoked", "no-session"),
    pending: fc.constantFrom(null, "this", "all"),
  }),
);

const mark = fc.record({ sessionId: sessions, revision: small });

const moment = fc.integer({ min: 1_699_999_000_000, max: 1_700_002_000_000 });

const reading: fc.Arbitrary<RegisterReading> = fc.record({
  lifetime: fc.option(
    fc.record({
      sessionId: sessions,
      idleAtWall: fc.option(moment),
      idleLimitMs: fc.constantFrom(null, 10_000, 600_000),
      endsAtWall: fc.option(moment),
    }),
    { freq: 2 },
  ),
  record: fc.option(record),
  mark: fc.oneof(mark, fc.constant(null), fc.constant("unreadable" as const)),
  hold: fc.option(
    fc.record({
      kind: fc.constantFrom("claim", "cooldown", "sign-in"),
      attempt: fc.constantFrom("tab-a-1", "tab-b-1"),
      base: fc.option(mark),
      startedAtWall: fc.integer({ min: 1_699_999_900_000, max: 1_700_000_100_000 }),
      ttlMs: fc.nat(60_000),
      failures: small,
      code: fc.constantFrom(null, "network", "rate-limited"),
    }),
  ),
});

const who: fc.Arbitrary<Identity> = fc
  .tuple(sessions, fc.constantFrom("ada", "grace"))
  .map(([sessionId, subject]) => identity(sessionId, subject));

const freshToken = fc.record({
  token: small.map((n) => `secret-token-${n}`),
  revision: small,
  lifetimeMs: fc.constantFrom(1, 4_000, 300_000, 300_000, 300_000, 2 ** 31),
  identity: who,
  bounds: fc.option(
    fc.record({
      idleMs: fc.option(fc.nat(700_000)),
      idleLimitMs: fc.constantFrom(null, 10_000, 600_000),
      absoluteMs: fc.option(fc.nat(2_000_000)),
    }),
    { nil: undefined },
  ),
});

const failure = fc.record({
  kind: fc.constant("failed" as const),
  failure: fc.record(
    { code: fc.constantFrom("network", "timeout", "rate-limited", "refused"), retryAfterMs: fc.nat(100_000) },
    { requiredKeys: ["code"] },
  ),
});

const peers: fc.Arbitrary<readonly Peer[] | null> = fc.option(
  fc.array(fc.record({ tabId: tabs, epoch: small, revision: fc.integer({ min: -1, max: 6 }) }), {
    maxLength: 4,
  }),
);

/** `ticket: -1` stands for the current one. */
const ticket = fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, small);

const event: fc.Arbitrary<Event> = fc.oneof<fc.MaybeWeightedArbitrary<Event>[]>(
  fc.record({ type: fc.constant("started" as const), visible: fc.boolean() }),
  fc.constantFrom<Event>(
    { type: "checked" },
    { type: "acted" },
    { type: "extension-wanted", minutes: 30 },
    { type: "sign-in-wanted" },
    { type: "hidden" },
    { type: "suspended", cause: "left" },
    { type: "suspended", cause: "frozen" },
    { type: "message-ignored", why: "malformed" },
    { type: "port-failed", port: "channel", reason: "Error" },
  ),
  fc.record({
    type: fc.constant("woke" as const),
    cause: fc.constantFrom("shown", "focused", "online", "restored", "resumed"),
  }),
  fc.record({
    type: fc.constant("token-wanted" as const),
    fresh: fc.boolean(),
    minValidityMs: fc.nat(400_000),
  }),
  fc.record({ type: fc.constant("sign-out-wanted" as const), scope: fc.constantFrom("this", "all") }),
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("refresh-answered" as const),
      ticket,
      epoch: small,
      startedAt: fc.nat(200_000),
      outcome: fc.oneof(
        { weight: 4, arbitrary: fc.record({ kind: fc.constant("granted" as const), fresh: freshToken }) },
        fc.record({ kind: fc.constant("ended" as const), reason: fc.constantFrom("idle", "revoked") }),
        fc.constant({ kind: "declined" as const }),
        failure,
      ),
    }),
  },
  fc.record({
    type: fc.constant("sign-in-answered" as const),
    ticket,
    outcome: fc.oneof(
      fc.record({ kind: fc.constant("granted" as const), fresh: freshToken }),
      fc.constantFrom({ kind: "unknown" as const }, { kind: "failed" as const }),
    ),
  }),
  fc.record({
    type: fc.constant("sign-out-answered" as const),
    ticket,
    outcome: fc.oneof(fc.constant({ kind: "done" as const }), failure),
  }),
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom("lock-granted", "lock-refused", "lock-stolen"), ticket }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("peers-read" as const), ticket, peers }) },
  fc.record({
    type: fc.constant("timer-fired" as const),
    name: fc.constantFrom("due", "cool", "ask", "slice", "claim", "request", "rumour", "lifetime"),
  }),
  fc
    .tuple(fc.constantFrom("changed", "ask", "none", "token"), tabs, tabs, freshToken, small)
    .map(([kind, from, to, token, epoch]): Event => {
      const envelope = { v: 1, from } as const;
      if (kind === "changed") return { type: "message-received", message: { ...envelope, kind, epoch } };
      if (kind === "none") return { type: "message-received", message: { ...envelope, kind, to } };
      if (kind === "ask")
        return { type: "message-received", message: { ...envelope, kind, to: epoch === 0 ? null : [to] } };
      const { sessionId, user, authTime, acr, expiresAt } = token.identity;
      const sent = {
        epoch,
        sessionId,
        user,
        authTime,
        acr,
        expiresAt,
        ageMs: epoch * 1_000,
        sentAtWall: 1_700_000_000_000,
      };
      return { type: "message-received", message: { ...envelope, kind: "token", ...token, ...sent } };
    }),
);

function withTicket(occurred: Event, current: number): Event {
  return "ticket" in occurred && occurred.ticket === -1 ? { ...occurred, ticket: current } : occurred;
}

/** The register either obeys the tab's effects and drifts now and then, or says anything at all. */
const step = fc.record({
  event,
  ms: fc.oneof({ weight: 6, arbitrary: fc.nat(50) }, fc.nat(30_000), fc.constant(400_000)),
  roll: fc.double({ min: 0, max: 0.999, noNaN: true }),
  reading: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, reading),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function live(
  start: RegisterReading,
  steps: readonly Step[],
  look: (tab: MachineTab) => void = () => undefined,
): MachineTab {
  const tab = new MachineTab(start);
  tab.start();
  for (const { event: occurred, ms, roll, reading: next } of steps) {
    tab.wait(ms);
    tab.roll = roll;
    if (next !== null) tab.register = next;
    tab.send(withTicket(occurred, tab.ticket));
    look(tab);
  }
  return tab;
}

describe("L1–L10: whatever happens, in whatever order", () => {
  it("every state takes every event, and no turn breaks a law", () => {
    const visited = new Map<string, number>();
    fc.assert(
      fc.property(reading, fc.array(step, { maxLength: 60, size: "max" }), (start, steps) => {
        live(start, steps, (tab) => visited.set(tab.phase, (visited.get(tab.phase) ?? 0) + 1));
      }),
      { numRuns: 3_000 },
    );
    // A walk that never leaves the first room proves nothing.
    const phases = [
      "idle",
      "scheduled",
      "parked",
      "cooling",
      "rereading",
      "asking",
      "locking",
      "waiting",
      "requesting",
    ];
    for (const phase of [...phases, "calling"]) expect(visited.get(phase) ?? 0, phase).toBeGreaterThan(100);
  });

  it("L3: once disposed, nothing happens any more", () => {
    fc.assert(
      fc.property(reading, fc.array(step, { maxLength: 20 }), event, (start, steps, last) => {
        const tab = live(start, steps).send({ type: "disposed" });
        const { state } = tab;
        tab.send(last);
        expect(tab.state).toBe(state);
        expect(tab.effects).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("a turn is a function of its arguments: the same steps lead to the same state", () => {
    fc.assert(
      fc.property(reading, fc.array(step, { maxLength: 30 }), (start, steps) => {
        expect(live(start, steps).state).toEqual(live(start, steps).state);
      }),
      { numRuns: 300 },
    );
  });
});

describe("L9: the order of records makes tabs agree", () => {
  it("adopting the later record is associative, commutative and idempotent", () => {
    fc.assert(
      fc.property(record, record, record, (a, b, c) => {
        expect(compareRecords(laterRecord(a, b), laterRecord(b, a))).toBe(0);
        expect(compareRecords(laterRecord(laterRecord(a, b), c), laterRecord(a, laterRecord(b, c)))).toBe(0);
        expect(laterRecord(a, a)).toEqual(a);
      }),
    );
  });

  it("L3: within one epoch a sign-out beats a sign-in, and a confirmed revocation a pending one", () => {
    const signedIn: EpochRecord = { epoch: 4, status: "in", sessionId: "S1" };
    const pending: EpochRecord = {
      epoch: 4,
      status: "out",
      sessionId: "S1",
      reason: "signed-out",
      pending: "this",
    };
    const confirmed: EpochRecord = { ...pending, pending: null };
    expect(laterRecord(signedIn, pending)).toBe(pending);
    expect(laterRecord(pending, confirmed)).toBe(confirmed);
    expect(laterRecord({ ...signedIn, epoch: 5 }, confirmed).status).toBe("in");
  });
});
