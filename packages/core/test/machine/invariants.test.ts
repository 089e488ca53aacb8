import { describe, expect, it } from "vitest";
import { brokenLaws, type Observation } from "../../src/machine/invariants.js";
import type { Effect } from "../../src/machine/effect.js";
import type { State } from "../../src/machine/state.js";
import { MachineTab, signedInRegister, signedInTab, wallStart } from "./support.js";

const idle = signedInTab();
const requesting = new MachineTab(signedInRegister()).start().untilRequest();
const refresh: Effect = {
  type: "send-refresh",
  ticket: requesting.ticket,
  epoch: 1,
  attempt: "tab-a-3",
  extension: null,
};
const claim = {
  kind: "claim",
  attempt: "tab-a-3",
  base: { sessionId: "S1", revision: 1 },
  startedAtWall: wallStart,
  ttlMs: 28_000,
  failures: 0,
  code: null,
} as const;
const sending: readonly Effect[] = [
  { type: "write-hold", hold: claim },
  refresh,
  { type: "arm-timer", name: "request", delayMs: 1 },
];

function observe(overrides: Partial<Observation>): readonly string[] {
  return brokenLaws({
    before: idle.state,
    event: { type: "checked" },
    stamp: { at: idle.at, wall: wallStart, roll: 0, activityAgeMs: null, reading: signedInRegister() },
    policy: idle.policy,
    after: requesting.state,
    effects: sending,
    ...overrides,
  });
}

function state(overrides: Partial<State>): State {
  return { ...requesting.state, ...overrides };
}

describe("the laws as code can tell", () => {
  it("nothing is wrong with a turn that is right", () => {
    expect(observe({})).toEqual([]);
  });

  it.each<[string, Partial<Observation>]>([
    ["L1: one request at a time", { before: requesting.state }],
    ["L1: one request at a time", { effects: [...sending, refresh] }],
    [
      "L1: one request at a time",
      { effects: [...sending.slice(0, 1), { ...refresh, ticket: 99 }, ...sending.slice(2)] },
    ],
    [
      "L2: nothing is sent while another's claim stands",
      {
        stamp: {
          at: 1,
          wall: wallStart,
          roll: 0,
          activityAgeMs: null,
          reading: { ...signedInRegister(), hold: { ...claim, attempt: "b" } },
        },
      },
    ],
    ["L2: a claim is published before a refresh is sent", { effects: sending.toReversed() }],
    ["L2: a claim is published before a refresh is sent", { effects: sending.slice(1) }],
    [
      "L3: a signed-out tab holds no token, and a token is of the present epoch",
      { after: state({ grant: idle.state.grant, record: { epoch: 2, status: "in", sessionId: "S1" } }) },
    ],
    [
      "L3: nothing refreshes while nobody is signed in",
      {
        after: state({ record: { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null } }),
      },
    ],
    [
      "L4: only a definitive answer or a sign-out ends a session",
      {
        after: state({ record: { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null } }),
      },
    ],
    [
      "L5: no inspection event and no snapshot shows a token",
      {
        effects: [
          ...sending,
          { type: "inspect", event: { type: "degraded", port: "x", reason: "secret-token-2" } },
        ],
      },
    ],
    ["L7: whatever is waited for, a timer ends the waiting", { effects: sending.slice(0, 2) }],
    ["L7: a tab that is away holds and awaits nothing", { after: state({ life: "away" }) }],
    [
      "L9: a record never goes back",
      { after: state({ record: { epoch: 0, status: "in", sessionId: "S1" } }) },
    ],
    ["L10: a hidden tab refreshes only when asked", { before: { ...idle.state, visible: false } }],
    [
      "L10: nobody is asked again before the common pause is over",
      {
        stamp: {
          at: 1,
          wall: wallStart,
          roll: 0,
          activityAgeMs: null,
          reading: { ...signedInRegister(), hold: { ...claim, kind: "cooldown", code: "network" } },
        },
      },
    ],
    [
      "L11: nothing is shown or refreshed of a session that is over",
      {
        after: state({
          lifetime: { sessionId: "S1", idleAtWall: wallStart, idleLimitMs: 60_000, endsAtWall: null },
        }),
      },
    ],
  ])("%s", (law, overrides) => {
    expect(observe(overrides)).toContain(law);
  });

  it("a session may end by the backend's word, its news of this session (L13), a sign-out, a superseded login, and another tab's record", () => {
    const after = state({
      record: { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null },
    });
    const law = "L4: only a definitive answer or a sign-out ends a session";
    const ended = { kind: "ended", reason: "idle" } as const;
    const answered = { type: "refresh-answered", ticket: 1, epoch: 1, startedAt: 0 } as const;
    expect(observe({ after, event: { ...answered, outcome: ended } })).not.toContain(law);
    expect(observe({ after, event: { type: "sign-out-wanted", scope: "this" } })).not.toContain(law);
    expect(
      observe({ after, event: { type: "sign-in-answered", ticket: 1, outcome: { kind: "failed" } } }),
    ).not.toContain(law);
    const news = { kind: "ended", sessionId: "S1", reason: "revoked" } as const;
    expect(observe({ after, event: { type: "news-heard", news } })).not.toContain(law);
    expect(observe({ after, event: { type: "news-heard", news: { ...news, sessionId: "S2" } } })).toContain(
      law,
    );
    const reading = { ...signedInRegister(), record: after.record };
    expect(
      observe({ after, stamp: { at: 1, wall: wallStart, roll: 0, activityAgeMs: null, reading } }),
    ).not.toContain(law);
    expect(
      observe({ after, event: { ...answered, outcome: { kind: "failed", failure: { code: "network" } } } }),
    ).toContain(law);
  });
});
