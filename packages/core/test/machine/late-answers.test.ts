/** Answers that come too late, for the wrong request or for a session that is over. */
import { describe, expect, it } from "vitest";
import type { RefreshOutcome } from "../../src/machine/outcome.js";
import { isSettled } from "../../src/machine/register.js";
import { fresh, identity, MachineTab, signedInRegister, signedInTab } from "./support.js";

const done = { kind: "done" } as const;

/** A refresh of session S1 is out; meanwhile somebody signed in as another user, in another tab. */
function switchedInFlight(): MachineTab {
  const tab = new MachineTab(signedInRegister()).start().untilRequest();
  tab.register = {
    ...tab.register,
    record: { epoch: 2, status: "in", sessionId: "S2" },
    mark: { sessionId: "S2", revision: 1 },
  };
  return tab.send({ type: "woke", cause: "focused" });
}

describe("L3, L9: an answer for the session that another one replaced", () => {
  const outcomes: readonly RefreshOutcome[] = [
    { kind: "granted", fresh: fresh(2) },
    { kind: "ended", reason: "revoked" },
    { kind: "failed", failure: { code: "unavailable" } },
  ];

  it.each(outcomes)("$kind: neither brings the former session back nor touches the new one", (outcome) => {
    const tab = switchedInFlight();
    const { ticket } = tab;
    tab.send({ type: "refresh-answered", ticket, epoch: 1, startedAt: tab.at, outcome });
    expect(tab.state.record).toEqual({ epoch: 2, status: "in", sessionId: "S2" });
    expect(tab.state.grant).toBeNull();
    expect(tab.state.problem).toBeNull();
    expect(tab.phase).not.toBe("cooling");
  });

  it("none at all: the new session is not made to pause for it", () => {
    const tab = switchedInFlight().wait(20_000).fire("request");
    expect(tab.phase).not.toBe("cooling");
    expect(tab.did).not.toContain("fail-waiters");
  });

  it("R-055: a sibling's token for the new user is taken over", () => {
    const tab = signedInTab();
    tab.register = {
      ...tab.register,
      record: { epoch: 2, status: "in", sessionId: "S2" },
      mark: { sessionId: "S2", revision: 1 },
    };
    const message = {
      v: 1,
      from: "tab-b",
      kind: "token",
      epoch: 2,
      sessionId: "S2",
      revision: 1,
      token: "secret-token-of-grace",
      lifetimeMs: 300_000,
      ageMs: 0,
      sentAtWall: tab.wall,
      user: { id: "grace" },
      authTime: null,
      acr: null,
      expiresAt: null,
      identity: identity("S2", "grace"),
    } as const;
    tab.send({ type: "message-received", message });
    expect(tab.state.grant?.token).toBe("secret-token-of-grace");
  });
});

describe("L4: an answer to a request that was given up", () => {
  it.each(["ended", "failed"] as const)("%s: changes nothing while the next one is out", (kind) => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    const { ticket } = tab;
    tab.wait(20_000).fire("request").wait(60_000).fire("cool").untilRequest();
    expect(tab.phase).toBe("requesting");
    const before = tab.state;
    tab.answer(
      kind === "ended" ? { kind, reason: "revoked" } : { kind, failure: { code: "unavailable" } },
      ticket,
    );
    expect(tab.state).toEqual(before);
  });

  it("L3: the confirmation of a revocation that was given up confirms nothing later", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" }).untilRequest();
    const { ticket } = tab;
    tab.wait(20_000).fire("request");
    expect(tab.register.hold?.code).toBe("timeout");
    tab.send({ type: "sign-out-answered", ticket, outcome: done });
    expect(tab.did).not.toContain("settle-sign-out");
    tab.wait(90_000).fire("cool").untilRequest();
    expect(tab.phase).toBe("requesting");
    const before = tab.state;
    tab.send({ type: "sign-out-answered", ticket, outcome: done });
    expect(tab.state).toEqual(before);
  });
});

describe("L3: sign-out while a refresh is in flight", () => {
  it("the caller is not told that the server has not heard, before it was asked", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.send({ type: "sign-out-wanted", scope: "this" }).wait(5_000).fire("request");
    expect(tab.did).not.toContain("settle-sign-out");
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });

  it("a flight that fails withdraws its claim: the revocation waits for nothing", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.send({ type: "sign-out-wanted", scope: "this" });
    tab.answer({ kind: "failed", failure: { code: "network" } });
    const { hold } = tab.register;
    expect(hold === null || isSettled(hold, tab.register, tab.wall)).toBe(true);
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-sign-out")?.scope).toBe("this");
  });

  it("L9: the others are told that the revocation is confirmed", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" }).untilRequest();
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome: done });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "changed", epoch: 2 });
  });
});

describe("L1: an answer that comes after a thief's token", () => {
  it("is taken all the same if it is the newer of the two", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    const { ticket, at } = tab;
    tab.state = {
      ...tab.state,
      grant: {
        ...fresh(2),
        epoch: 1,
        startedAt: at + 1_000,
        dueAt: at + 200_000,
      },
    };
    tab.wait(2_000).rotate(3);
    const outcome = { kind: "granted", fresh: fresh(3) } as const;
    tab.send({ type: "refresh-answered", ticket, epoch: 1, startedAt: at, outcome });
    expect(tab.state.grant?.revision).toBe(3);
  });

  it("a sibling's token that arrives while the request is out is taken, and the request goes on", () => {
    const tab = signedInTab().wait(256_000).fire("due").untilRequest();
    expect(tab.phase).toBe("requesting");
    tab.rotate(3).send({
      type: "message-received",
      message: {
        v: 1,
        from: "tab-b",
        kind: "token",
        epoch: 1,
        sessionId: "S1",
        revision: 3,
        token: "secret-token-3",
        lifetimeMs: 300_000,
        ageMs: 0,
        sentAtWall: tab.wall,
        user: { id: "ada" },
        authTime: 1,
        acr: null,
        expiresAt: null,
        identity: identity(),
      },
    });
    expect(tab.state.grant?.revision).toBe(3);
    expect(tab.phase).toBe("requesting");
  });
});

describe("L10: a token that is too old when it comes", () => {
  it("starts nothing in a tab that was hidden meanwhile, where nobody waits", () => {
    const tab = signedInTab().wait(256_000).fire("due").untilRequest();
    tab.send({ type: "hidden" });
    const { ticket, at } = tab;
    tab.wait(5_000).rotate(3);
    const outcome = { kind: "granted", fresh: fresh(3, { lifetimeMs: 4_000 }) } as const;
    tab.send({ type: "refresh-answered", ticket, epoch: 1, startedAt: at, outcome });
    tab.wait(2_000).fire("due");
    expect(tab.phase).toBe("parked");
  });

  it("scenario 23: a hidden tab whose caller's refresh lost a race looks once more for it", () => {
    const tab = signedInTab().send({ type: "hidden" });
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 }).untilRequest();
    tab.rotate(3).answer({ kind: "ended", reason: "reuse-detected" });
    expect(["rereading", "locking"]).toContain(tab.phase);
  });
});
