/** Queueing for the lock, and what is known about the others meanwhile. */
import { describe, expect, it } from "vitest";
import type { Hold, RegisterReading } from "../../src/machine/register.js";
import type { Peer } from "../../src/machine/event.js";
import { fresh, MachineTab, signedInRegister, signedInTab } from "./support.js";

function hold(tab: MachineTab, overrides: Partial<Hold> = {}): Hold {
  return {
    kind: "claim",
    attempt: "tab-b-7",
    base: { sessionId: "S1", revision: 1 },
    startedAtWall: tab.wall,
    ttlMs: 28_000,
    failures: 0,
    code: null,
    ...overrides,
  };
}

/** A tab without a token that queues for the lock. */
function queued(register: RegisterReading = signedInRegister()): MachineTab {
  const tab = new MachineTab(register).start();
  return tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
}

function peersRead(tab: MachineTab, ...peers: readonly Peer[]): MachineTab {
  return tab.send({ type: "peers-read", ticket: tab.ticket, peers });
}

describe("L1: somebody refreshes while we queue", () => {
  it("in an earlier slice of the waiting: the token is asked for, nothing is sent", () => {
    const tab = queued();
    tab.rotate(2).wait(3_000).fire("slice");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("rereading");
    expect(tab.did).not.toContain("send-refresh");
  });

  it("after the siblings we asked stayed silent, where no cookie can be read", () => {
    const tab = new MachineTab({ ...signedInRegister(), mark: "unreadable" }).start();
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 4 });
    expect(tab.phase).toBe("asking");
    tab.wait(400).fire("ask").send({ type: "lock-granted", ticket: tab.ticket });
    peersRead(tab, { tabId: "tab-c", epoch: 1, revision: 5 });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: ["tab-c"] });
  });

  it("what a tab of an epoch that is over holds is nobody's refresh", () => {
    const tab = queued({ ...signedInRegister(), mark: "unreadable" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    peersRead(tab, { tabId: "tab-b", epoch: 0, revision: 9 });
    expect(tab.did).toContain("send-refresh");
  });
});

describe("L10: only those are asked who can help", () => {
  it("not a sibling whose token is as old as our own", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, mark: "unreadable" };
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 2 });
    expect(tab.phase).toBe("locking");
  });

  it("not one whose token is newer than ours and older than the version cookie", () => {
    const tab = signedInTab().rotate(5).send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 4 });
    expect(tab.phase).toBe("locking");
  });

  it("a `none` that is meant for another tab is not counted", () => {
    const tab = new MachineTab(signedInRegister(2)).start();
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 2 });
    tab.send({
      type: "message-received",
      message: { v: 1, from: "tab-b", kind: "none", to: "tab-c" },
    });
    expect(tab.phase).toBe("asking");
  });
});

describe("L7: the lock is waited for within its bound, and not taken before", () => {
  it("a pause is no reason to hold it", () => {
    const tab = queued();
    tab.register = { ...tab.register, hold: hold(tab, { kind: "cooldown", code: "unavailable" }) };
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(true);
  });

  it("a holder with a claim is left alone, however long this tab has been open", () => {
    const tab = new MachineTab(signedInRegister()).wait(3_600_000).start();
    peersRead(tab);
    tab.register = { ...tab.register, hold: hold(tab) };
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(false);
  });

  it("a holder that claims again and again is stolen from when the bound is over", () => {
    const tab = queued();
    const steals: (boolean | undefined)[] = [];
    for (let slice = 0; slice < 12; slice += 1) {
      tab.register = { ...tab.register, hold: hold(tab) };
      steals.push(tab.wait(3_000).fire("slice").effect("request-lock")?.steal);
    }
    expect(steals).toEqual([...Array.from({ length: 11 }, () => false), true]);
  });
});

describe("L2: the nonce of a refresh", () => {
  it("is another one for each refresh, and for each tab", () => {
    const nonces = ["tab-a", "tab-b"].flatMap((name) => {
      const tab = new MachineTab(signedInRegister(), {}, name).start().untilRequest();
      const first = tab.effect("send-refresh")?.attempt;
      tab.grant(fresh(2)).wait(256_000).fire("due").untilRequest();
      return [first, tab.effect("send-refresh")?.attempt];
    });
    expect(new Set(nonces).size).toBe(4);
    expect(nonces).not.toContain("");
  });

  it("is not taken over from another session, whatever its revision", () => {
    const tab = queued();
    const left = hold(tab, { base: { sessionId: "S0", revision: 1 }, ttlMs: 1_000 });
    tab.register = { ...tab.register, hold: left };
    tab.wait(2_000).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-refresh")?.attempt).not.toBe(left.attempt);
  });
});

describe("L6: a token that is handed to a sibling", () => {
  it("tells how old it is", () => {
    const tab = signedInTab().wait(100_000);
    tab.send({ type: "message-received", message: { v: 1, from: "tab-b", kind: "ask", to: null } });
    expect(tab.effect("broadcast")?.body).toMatchObject({ kind: "token", ageMs: 100_000 });
  });
});

describe("R-150: an inspector can follow", () => {
  it("a refresh, and a revocation", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" }).untilRequest();
    const { ticket } = tab;
    tab.send({ type: "sign-out-answered", ticket, outcome: { kind: "done" } });
    const told = tab.inspected.filter(({ type }) => type !== "transition");
    expect(told).toMatchObject([
      { type: "lock-requested", steal: false },
      { type: "lock-granted" },
      { type: "refresh-sent", retry: false },
      { type: "signed-in" },
      { type: "refreshed", revision: 2 },
      { type: "signed-out", reason: "signed-out" },
      { type: "lock-requested", steal: false },
      { type: "lock-granted" },
      { type: "revocation-sent", scope: "this" },
      { type: "revocation-confirmed" },
    ]);
  });
});
