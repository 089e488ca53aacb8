/** Answers and requests that arrive after everybody stopped waiting for them. Found by the simulation. */
import { describe, expect, it } from "vitest";
import { fresh, MachineTab, signedInRegister, signedInTab, wallStart } from "./support.js";

const claimMs = 28_000;

/** A tab that is visible, has an old token and is refreshing. */
function refreshingTab(): MachineTab {
  const tab = signedInTab().wait(280_000).fire("due").untilRequest();
  expect(tab.phase).toBe("requesting");
  return tab;
}

describe("L2: a credential that was rotated is never presented", () => {
  it("an older cookie that a late answer put back is tried under the nonce that rotated it", () => {
    const tab = refreshingTab();
    const { attempt } = tab.effect("send-refresh") ?? {};
    tab.grant(fresh(3)).wait(280_000);
    // The answer to the request before the last arrives only now, and its cookies overwrite the newer ones.
    tab.rotate(2).fire("due").untilRequest();
    expect(tab.effect("send-refresh")?.attempt).toBe(attempt);
  });

  it("a new credential gets a new nonce", () => {
    const tab = refreshingTab();
    const { attempt } = tab.effect("send-refresh") ?? {};
    tab.grant(fresh(3)).wait(280_000).fire("due").untilRequest();
    expect(tab.effect("send-refresh")?.attempt).not.toBe(attempt);
  });

  it("without a readable cookie too", () => {
    const register = { ...signedInRegister(), mark: "unreadable" } as const;
    const tab = new MachineTab(register).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    const { attempt } = tab.effect("send-refresh") ?? {};
    tab
      .answer({ kind: "granted", fresh: fresh(2) })
      .wait(280_000)
      .fire("due");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    expect(tab.effect("send-refresh")?.attempt).toBeDefined();
    expect(tab.effect("send-refresh")?.attempt).not.toBe(attempt);
  });

  it("the claim of a second try stands, though the answer to the first has moved the cookie", () => {
    const left = { kind: "claim", attempt: "dead-1", base: { sessionId: "S1", revision: 1 } } as const;
    const claim = { ...left, startedAtWall: wallStart, ttlMs: claimMs, failures: 1, code: null };
    const tab = new MachineTab({ ...signedInRegister(2), hold: claim }).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("waiting");
    expect(
      new MachineTab({ ...signedInRegister(2), hold: { ...claim, failures: 0 } }).start().untilRequest()
        .phase,
    ).toBe("requesting");
  });

  it("a claim that was left behind makes the next try a second one", () => {
    const claim = {
      kind: "claim",
      attempt: "dead-1",
      base: { sessionId: "S1", revision: 1 },
      startedAtWall: wallStart - claimMs,
      ttlMs: claimMs,
      failures: 0,
      code: null,
    } as const;
    const tab = new MachineTab({ ...signedInRegister(1), hold: claim }).start().untilRequest();
    expect(tab.register.hold).toMatchObject({ attempt: "dead-1", failures: 1 });
  });

  it("the answer to the first try leaves the claim of the second alone", () => {
    const tab = refreshingTab();
    const own = tab.register.hold;
    if (own === null) throw new Error("no claim");
    // Another tab waited until the claim had run out, and tries the same refresh again.
    const second = { ...own, failures: own.failures + 1, startedAtWall: tab.wall + claimMs };
    tab.wait(claimMs);
    tab.register = { ...tab.register, hold: second };
    tab.grant(fresh(3));
    expect(tab.register.hold).toBe(second);
  });

  it("nor does the failure of the first try end it", () => {
    const tab = refreshingTab();
    const own = tab.register.hold;
    if (own === null) throw new Error("no claim");
    const second = { ...own, failures: own.failures + 1, startedAtWall: tab.wall + claimMs };
    tab.wait(claimMs);
    tab.register = { ...tab.register, hold: second };
    tab.answer({ kind: "failed", failure: { code: "network" } });
    expect(tab.register.hold).toBe(second);
  });
});

describe("L2: a login that takes the place of a refresh keeps its nonce", () => {
  it("for whoever goes on after the tab of the login has died", () => {
    const tab = refreshingTab();
    const { attempt } = tab.effect("send-refresh") ?? {};
    tab.answer({ kind: "failed", failure: { code: "network" } });
    tab.send({ type: "sign-in-wanted" }).untilRequest();
    expect(tab.phase).toBe("calling");
    expect(tab.register.hold).toMatchObject({ kind: "sign-in", attempt });

    const other = new MachineTab(tab.register, {}, "tab-b");
    other.at = tab.at;
    other.wall = tab.wall + 40_000;
    other.start().untilRequest();
    expect(other.effect("send-refresh")?.attempt).toBe(attempt);
  });

  it("its own tab takes its hold back before another takes it for left behind", () => {
    const tab = signedInTab();
    tab.send({ type: "sign-in-wanted" }).untilRequest().wait(tab.policy.signInLimitMs);
    expect(tab.register.hold?.ttlMs).toBeGreaterThan(tab.policy.signInLimitMs);
    tab.fire("request");
    expect(tab.register.hold).toMatchObject({ kind: "claim", ttlMs: 0 });
  });

  it("the hold of another tab's login is not touched", () => {
    const tab = signedInTab();
    tab.send({ type: "sign-in-wanted" }).untilRequest();
    const { hold } = tab.register;
    if (hold === null) throw new Error("no hold");
    const theirs = { ...hold, startedAtWall: hold.startedAtWall + 1 };
    tab.register = { ...tab.register, hold: theirs };
    tab.send({ type: "sign-in-answered", ticket: tab.ticket, outcome: { kind: "failed" } });
    expect(tab.register.hold).toBe(theirs);
  });
});

describe("L1: who waits without a lock is spread", () => {
  it("so that one is first, and the others see its claim", () => {
    const standing = {
      kind: "claim",
      attempt: "dead-1",
      base: { sessionId: "S1", revision: 1 },
      startedAtWall: wallStart,
      ttlMs: claimMs,
      failures: 0,
      code: null,
    } as const;
    const delays = [0, 0.25, 0.75].map((roll) => {
      const tab = new MachineTab({ ...signedInRegister(), hold: standing });
      tab.roll = roll;
      tab.start();
      tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
      tab.send({ type: "lock-refused", ticket: tab.ticket });
      expect(tab.phase).toBe("waiting");
      return tab.effects.find((effect) => effect.type === "arm-timer" && effect.name === "claim");
    });
    expect(new Set(delays.map((effect) => JSON.stringify(effect))).size).toBe(3);
  });
});
