/** Timers that fire early, late, or in a phase that is not theirs; and tabs that nobody sees meanwhile. */
import { describe, expect, it } from "vitest";
import type { TimerName } from "../../src/machine/event.js";
import { snapshotOf } from "../../src/machine/snapshot.js";
import type { Work } from "../../src/machine/state.js";
import {
  emptyRegister,
  fresh,
  identity,
  loggingIn,
  MachineTab,
  signedInRegister,
  signedInTab,
} from "./support.js";

const network = { kind: "failed", failure: { code: "network" } } as const;

function queued(): MachineTab {
  const tab = new MachineTab(signedInRegister()).start();
  return tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
}

/** Under the lock, while another tab's claim stands. */
function waiting(): MachineTab {
  const tab = queued();
  const base = { sessionId: "S1", revision: 1 };
  const claim = { kind: "claim", attempt: "b-1", base, failures: 0, code: null } as const;
  tab.register = { ...tab.register, hold: { ...claim, startedAtWall: tab.wall, ttlMs: 28_000 } };
  return tab.send({ type: "lock-granted", ticket: tab.ticket });
}

function asking(): MachineTab {
  const tab = new MachineTab(signedInRegister()).start();
  return tab.send({ type: "peers-read", ticket: tab.ticket, peers: null });
}

/** A refresh failed; everybody pauses. */
function cooling(): MachineTab {
  return signedInTab().wait(256_000).fire("due").untilRequest().answer(network);
}

type Phase = Exclude<Work["phase"], "idle">;

/** A tab in each phase, and the timer of that phase. */
const phases: Readonly<Record<Phase, readonly [open: () => MachineTab, own: TimerName | null]>> = {
  scheduled: [signedInTab, "due"],
  parked: [() => signedInTab().send({ type: "hidden" }).wait(256_000).fire("due"), null],
  cooling: [cooling, "cool"],
  rereading: [() => new MachineTab(signedInRegister()).start(), "ask"],
  asking: [asking, "ask"],
  locking: [queued, "slice"],
  waiting: [waiting, "claim"],
  requesting: [() => new MachineTab(signedInRegister()).start().untilRequest(), "request"],
  calling: [() => loggingIn(), "request"],
};

const timers: readonly TimerName[] = ["due", "cool", "ask", "slice", "claim", "request"];

describe("L1, L7: a timer of another phase than the present one", () => {
  it.each(Object.entries(phases))("%s: changes nothing", (phase, [open, own]) => {
    const tab = open();
    expect(tab.phase).toBe(phase);
    const { state } = tab;
    for (const name of timers.filter((timer) => timer !== own)) expect(tab.fire(name).state).toEqual(state);
  });
});

describe("L7: a timer that is not on time", () => {
  it("too early for a refresh: it is set again", () => {
    const tab = signedInTab();
    const due = tab.effect("arm-timer")?.delayMs ?? 0;
    expect(tab.wait(100_000).fire("due").effect("arm-timer")?.delayMs).toBe(due - 100_000);
    expect(tab.phase).toBe("scheduled");
  });

  it("L10: too early for the end of a pause: nothing is sent, and it is set again", () => {
    const tab = cooling().wait(700).fire("cool");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).not.toContain("send-refresh");
    expect(tab.effect("arm-timer")).toEqual({ type: "arm-timer", name: "cool", delayMs: 50 });
  });

  it("late: a pause that is over is over for whatever happens next", () => {
    const tab = cooling().wait(60_000).send({ type: "woke", cause: "shown" });
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "refresh" });
  });

  it("for a token that a sibling's newer one replaced: it is set anew", () => {
    const tab = signedInTab().wait(100_000).rotate(3);
    const { token, lifetimeMs } = fresh(3);
    tab.send({
      type: "message-received",
      message: {
        v: 1,
        from: "tab-b",
        kind: "token",
        epoch: 1,
        sessionId: "S1",
        revision: 3,
        token,
        lifetimeMs,
        ageMs: 0,
        sentAtWall: tab.wall,
        user: null,
        authTime: null,
        acr: null,
        expiresAt: null,
        identity: identity(),
      },
    });
    const delayMs = (tab.state.grant?.dueAt ?? 0) - tab.at;
    expect(delayMs).toBeGreaterThan(200_000);
    expect(tab.effect("arm-timer")).toEqual({ type: "arm-timer", name: "due", delayMs });
  });
});

describe("L10: a pause", () => {
  it("is told to those who wait, once, and to nobody else", () => {
    const tab = cooling();
    expect(tab.did.filter((name) => name === "fail-waiters")).toHaveLength(1);
    expect(tab.did).not.toContain("settle-sign-out");
    expect(tab.send({ type: "checked" }).effects).toEqual([]);
  });

  it("of the revocation renders nothing", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" }).untilRequest();
    const before = { state: tab.state, snapshot: snapshotOf(tab.state) };
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome: network });
    expect(tab.phase).toBe("cooling");
    expect(snapshotOf(tab.state, before)).toBe(before.snapshot);
  });

  it("that is cut short when the connection is back is a pause still", () => {
    const tab = cooling().send({ type: "woke", cause: "online" });
    expect(tab.phase).toBe("cooling");
    expect(tab.did).not.toContain("request-lock");
    expect(tab.wait(500).send({ type: "woke", cause: "shown" }).phase).toBe("locking");
  });
});

describe("L10: whether a tab is seen", () => {
  /** A hidden tab whose refresh has come due. */
  const parked = phases.parked[0];

  it.each(["shown", "focused"] as const)("%s: it is, and makes up for what came due", (cause) => {
    expect(parked().send({ type: "woke", cause }).phase).toBe("locking");
  });

  it.each(["online", "resumed", "restored"] as const)("%s: it is not, for that alone", (cause) => {
    const tab = parked().send({ type: "suspended", cause: "frozen" }).send({ type: "woke", cause });
    expect(tab.state.visible).toBe(false);
    expect(tab.did).not.toContain("request-lock");
  });

  it("a hidden tab in which nobody was signed in learns of a sign-in without a request", () => {
    const tab = new MachineTab(emptyRegister).start(false).rotate(1, "S2").send({ type: "checked" });
    expect(tab.state.record).toMatchObject({ status: "in", sessionId: "S2" });
    expect(tab.phase).toBe("parked");
  });

  it("L7: a tab that went away during its login begins nothing when that is over, before it is back", () => {
    const tab = loggingIn(signedInTab().wait(299_000)).send({ type: "suspended", cause: "frozen" });
    tab.send({ type: "sign-in-answered", ticket: tab.ticket, outcome: { kind: "failed" } });
    expect(tab.phase).toBe("idle");
    expect(tab.did).not.toContain("request-lock");
    expect(tab.send({ type: "woke", cause: "resumed" }).phase).toBe("locking");
  });
});

describe("before it starts a session does nothing", () => {
  it("neither for a caller nor on its disposal", () => {
    const tab = new MachineTab({ ...emptyRegister, mark: { sessionId: "S1", revision: 1 } });
    const { state } = tab;
    expect(tab.send({ type: "sign-in-wanted" }).state).toBe(state);
    expect(tab.effects).toEqual([]);
    expect(tab.send({ type: "disposed" }).did).not.toContain("write-record");
  });
});
