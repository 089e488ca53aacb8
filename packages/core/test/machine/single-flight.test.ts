import { describe, expect, it } from "vitest";
import type { Hold } from "../../src/machine/register.js";
import { fresh, MachineTab, signedInRegister, signedInTab, wallStart } from "./support.js";

function claim(overrides: Partial<Hold> = {}): Hold {
  return {
    kind: "claim",
    attempt: "tab-b-7",
    base: { sessionId: "S1", revision: 1 },
    startedAtWall: wallStart,
    ttlMs: 28_000,
    failures: 0,
    code: null,
    ...overrides,
  };
}

/** A tab that was granted the lock while another tab's hold stands. */
function tabBehind(hold: Hold, mark: number | "unreadable" = 1): MachineTab {
  const register = signedInRegister(typeof mark === "number" ? mark : 1);
  const tab = new MachineTab({ ...register, ...(mark === "unreadable" ? { mark } : {}) });
  tab.start().send({ type: "peers-read", ticket: tab.ticket, peers: [] });
  tab.register = { ...tab.register, hold };
  return tab.send({ type: "lock-granted", ticket: tab.ticket });
}

describe("L1: one refresh for all tabs", () => {
  it("a lone tab asks nobody, takes the lock, publishes its claim and sends", () => {
    const tab = new MachineTab(signedInRegister()).start();
    expect(tab.phase).toBe("rereading");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [{ tabId: "tab-a", epoch: 1, revision: -1 }] });
    expect(tab.phase).toBe("locking");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("write-hold")?.hold).toMatchObject({
      kind: "claim",
      base: { sessionId: "S1", revision: 1 },
    });
    expect(tab.effect("send-refresh")?.attempt).toBe(tab.effect("write-hold")?.hold?.attempt);
    tab.wait(120).grant(fresh(2));
    expect(tab.inspected).toContainEqual({
      type: "refreshed",
      revision: 2,
      lifetimeMs: 300_000,
      tookMs: 120,
    });
    expect(tab.did).toContain("release-lock");
    expect(tab.register.hold).toMatchObject({ kind: "claim", ttlMs: 0 });
    expect(tab.phase).toBe("scheduled");
  });

  it("somebody who refreshed while we queued is asked for the token; nothing is sent", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.rotate(2).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).toContain("release-lock");
    expect(tab.did).not.toContain("send-refresh");
    expect(tab.phase).toBe("rereading");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [{ tabId: "tab-b", epoch: 1, revision: 2 }] });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: ["tab-b"] });
    // It vanished: after the bound we go for the lock, and know this revision already.
    tab.fire("ask").send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("requesting");
  });

  it("without sharing, each tab refreshes for itself under the lock", () => {
    const tab = new MachineTab(signedInRegister(), { shareToken: false }).start();
    expect(tab.phase).toBe("locking");
    tab.rotate(2).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("requesting");
    tab.grant(fresh(3));
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "changed", epoch: 1 });
  });

  it("a tab that no longer needs the lock when it gets it gives it back", () => {
    const tab = signedInTab().wait(295_000).fire("due");
    expect(tab.phase).toBe("locking");
    tab.send({ type: "hidden" }).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).toContain("release-lock");
    expect(tab.phase).toBe("parked");
  });

  it("a lock that is refused is gone without: claims and the server's grace remain", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.send({ type: "lock-refused", ticket: tab.ticket });
    expect(tab.phase).toBe("requesting");
  });

  it("an outcome that shows an old ticket changes nothing", () => {
    const tab = new MachineTab(signedInRegister()).start();
    const { state } = tab;
    tab.send({ type: "peers-read", ticket: 99, peers: [] }).send({ type: "lock-granted", ticket: 99 });
    expect(tab.state.work).toEqual(state.work);
  });

  it("where no cookie can be read, the lock manager tells what the others hold", () => {
    const tab = new MachineTab({ ...signedInRegister(), mark: "unreadable" }).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("rereading");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [{ tabId: "tab-b", epoch: 1, revision: 4 }] });
    expect(tab.phase).toBe("asking");
    tab.send({ type: "message-received", message: { v: 1, from: "tab-b", kind: "none", to: "tab-a" } });
    expect(tab.phase).toBe("locking");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [{ tabId: "tab-b", epoch: 1, revision: -1 }] });
    expect(tab.phase).toBe("requesting");
  });

  it("a lock manager that does not answer is not waited for", () => {
    const unlocked = new MachineTab(signedInRegister()).start().fire("ask");
    expect(unlocked.phase).toBe("locking");
    const locked = new MachineTab({ ...signedInRegister(), mark: "unreadable" }).start().fire("ask");
    locked.send({ type: "lock-granted", ticket: locked.ticket }).fire("ask");
    expect(locked.phase).toBe("requesting");
  });

  it("where nobody can tell who is alive, everybody is asked, within the bound", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: null });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: null });
    tab.send({ type: "message-received", message: { v: 1, from: "tab-b", kind: "none", to: "tab-a" } });
    expect(tab.phase).toBe("asking");
    expect(tab.fire("ask").phase).toBe("locking");
  });
});

describe("L2: a rotated credential is never sent again", () => {
  it("a claim that is about to run out is looked at when it has", () => {
    const tab = tabBehind(claim({ ttlMs: 20 }));
    expect(tab.effects).toContainEqual({ type: "arm-timer", name: "claim", delayMs: 20 + 25 });
  });

  it("a sign-out waits for another tab's claim as well, and not as long", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    tab.register = { ...tab.register, hold: claim({ base: { sessionId: "S1", revision: 2 } }) };
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.wait(2_500).fire("claim").wait(2_499).fire("claim");
    expect(tab.phase).toBe("waiting");
    tab.wait(1).fire("claim");
    expect(tab.did).toContain("send-sign-out");
  });

  it("an unfinished claim of a tab that died is waited for until the version cookie moves", () => {
    const tab = tabBehind(claim());
    expect(tab.phase).toBe("waiting");
    tab.wait(1_000).fire("claim");
    expect(tab.did).not.toContain("send-refresh");
    // Every 50 ms, spread over as much again.
    expect(tab.effects).toEqual([{ type: "arm-timer", name: "claim", delayMs: 75 }]);
    expect(tab.inspected.filter(({ type }) => type === "claim-awaited")).toEqual([
      { type: "claim-awaited", limitMs: 28_000 },
    ]);
    // The answer lands in the jar; the token died with its tab, and nobody has it.
    tab.rotate(2).fire("claim");
    expect(tab.phase).toBe("rereading");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-refresh")?.attempt).not.toBe("tab-b-7");
    expect(tab.effect("write-hold")?.hold?.base).toEqual({ sessionId: "S1", revision: 2 });
  });

  it("a claim that runs out is taken over with its nonce, so that the server knows the attempt again", () => {
    const tab = tabBehind(claim());
    tab.wait(28_000).fire("claim");
    expect(tab.effect("send-refresh")?.attempt).toBe("tab-b-7");
    expect(tab.effect("write-hold")?.hold?.startedAtWall).toBe(wallStart + 28_000);
  });

  it("where no cookie can be read, a claim is waited out to its end", () => {
    const tab = tabBehind(claim(), "unreadable");
    expect(tab.phase).toBe("waiting");
    tab.wait(27_999).fire("claim");
    expect(tab.phase).toBe("waiting");
    tab.wait(1).fire("claim");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: null });
    expect(tab.effect("send-refresh")?.attempt).toBe("tab-b-7");
  });

  it("where no cookie can be read, the claim tells what this tab knows, and a retry in any tab keeps the nonce", () => {
    const tab = tabBehind(claim({ kind: "cooldown", ttlMs: 0 }), "unreadable");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: null });
    expect(tab.effect("send-refresh")?.attempt).toBe("tab-b-7");
    expect(tab.register.hold?.base).toBeNull();
    tab
      .answer({ kind: "granted", fresh: fresh(2) })
      .wait(270_000)
      .fire("due");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab
      .send({ type: "lock-granted", ticket: tab.ticket })
      .send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    expect(tab.register.hold?.base).toEqual({ sessionId: "S1", revision: 2 });
  });

  it("a claim that began in the future, by a clock stepped back, lasts no longer than it was meant to", () => {
    const tab = tabBehind(claim({ startedAtWall: wallStart + 3_600_000 }));
    expect(tab.inspected).toContainEqual({ type: "claim-awaited", limitMs: 28_000 });
  });

  it("a settled claim keeps nobody waiting: of another session, of no session, or behind the cookie", () => {
    for (const base of [null, { sessionId: "S0", revision: 1 }, { sessionId: "S1", revision: 0 }])
      expect(tabBehind(claim({ base })).phase).toBe("requesting");
  });

  it("a token that arrives while we wait for a claim ends the waiting", () => {
    const tab = tabBehind(claim()).rotate(2);
    const { lifetimeMs, identity, token } = fresh(2);
    const sent = {
      epoch: 1,
      sessionId: "S1",
      ageMs: 0,
      sentAtWall: wallStart,
      user: null,
      authTime: null,
      acr: null,
      expiresAt: null,
    };
    tab.send({
      type: "message-received",
      message: { v: 1, from: "tab-b", kind: "token", revision: 2, lifetimeMs, identity, token, ...sent },
    });
    expect(tab.phase).toBe("scheduled");
    expect(tab.did).toContain("release-lock");
  });

  it("a login of another tab under way is let land before anything is refreshed, its cookie or not", () => {
    expect(tabBehind(claim({ kind: "sign-in" })).phase).toBe("waiting");
    expect(tabBehind(claim({ kind: "sign-in" }), 2).phase).toBe("waiting");
  });

  it("a second try is let land though the cookie moved: that may be the answer to the first", () => {
    expect(tabBehind(claim(), 2).phase).toBe("requesting");
    expect(tabBehind(claim({ failures: 1 }), 2).phase).toBe("waiting");
  });

  it.each([
    ["another tab's next try of the same refresh", { failures: 1 }],
    ["a login that took its place", { kind: "sign-in" }],
  ] as const)("the answer to a try does not withdraw the hold of %s", (_, overrides) => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    const theirs = claim({ attempt: tab.effect("send-refresh")?.attempt ?? "", ...overrides });
    tab.register = { ...tab.register, hold: theirs };
    tab.grant(fresh(2));
    expect(tab.state.grant?.revision).toBe(2);
    expect(tab.register.hold).toEqual(theirs);
  });
});

describe("L7: a lock that is not given back", () => {
  it("a holder that published nothing has no reason to keep us: stolen after one slice", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(true);
  });

  it("a holder with a standing claim is waited for, in slices, and within the bound", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.register = { ...tab.register, hold: claim({ ttlMs: 60_000 }) };
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(false);
    tab.wait(32_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(true);
  });

  it("stolen from while queued or waiting: queue again; with a request out: go on, fenced", () => {
    const waiting = tabBehind(claim());
    waiting.send({ type: "lock-stolen", ticket: waiting.ticket });
    expect(waiting.phase).toBe("locking");
    const requesting = new MachineTab(signedInRegister()).start().untilRequest();
    requesting.send({ type: "lock-stolen", ticket: requesting.ticket });
    expect(requesting.phase).toBe("requesting");
    requesting.grant(fresh(2));
    expect(requesting.state.grant?.revision).toBe(2);
  });

  it("a thief's own claim is not withdrawn by the tab it stole from, whatever that tab's answer", () => {
    for (const kind of ["granted", "failed"] as const) {
      const tab = new MachineTab(signedInRegister()).start().untilRequest();
      const theirs = claim({ attempt: "thief-1", base: { sessionId: "S1", revision: 2 } });
      tab.rotate(2);
      tab.register = { ...tab.register, hold: theirs };
      tab.answer(kind === "granted" ? { kind, fresh: fresh(2) } : { kind, failure: { code: "network" } });
      expect(tab.register.hold).toEqual(theirs);
    }
  });

  it("an answer that a newer token has overtaken is dropped", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest().rotate(3).wait(100);
    const { lifetimeMs, identity, token } = fresh(3);
    const sent = {
      epoch: 1,
      sessionId: "S1",
      ageMs: 0,
      sentAtWall: wallStart + 100,
      user: null,
      authTime: null,
      acr: null,
      expiresAt: null,
    };
    tab.send({
      type: "message-received",
      message: { v: 1, from: "tab-b", kind: "token", revision: 3, lifetimeMs, identity, token, ...sent },
    });
    tab.answer({ kind: "granted", fresh: fresh(2) });
    expect(tab.state.grant?.revision).toBe(3);
    expect(tab.phase).toBe("scheduled");
  });

  it("L10: a backend whose revision never grows is taken at its word, and not asked in a storm", () => {
    const tab = signedInTab().wait(256_000).fire("due").untilRequest();
    tab.answer({ kind: "granted", fresh: fresh(2, { token: "secret-token-next" }) });
    expect(tab.state.grant?.token).toBe("secret-token-next");
    expect(tab.phase).toBe("scheduled");
  });
});
