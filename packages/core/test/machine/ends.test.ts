/** What the end of a session leaves behind: in this tab, for the other tabs, and for a login under way. */
import { describe, expect, it } from "vitest";
import type { EpochRecord } from "../../src/machine/version.js";
import { answerLogin, loggingIn, MachineTab, signedInRegister, signedInTab } from "./support.js";

type End = Extract<EpochRecord, { status: "out" }>;

/** The register says that the session is over. */
function endElsewhere(tab: MachineTab, overrides: Partial<End> = {}): MachineTab {
  const record = { epoch: 2, status: "out", sessionId: "S1", reason: "signed-out", pending: null } as const;
  tab.register = { ...tab.register, record: { ...record, ...overrides } };
  return tab.send({ type: "checked" });
}

/** A tab in which somebody has signed out, and the server has confirmed it. */
function signedOutTab(): MachineTab {
  const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" }).untilRequest();
  tab.register = { ...tab.register, mark: null };
  return tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome: { kind: "done" } });
}

describe("L3: after an end", () => {
  it("L1: the siblings see at once that this tab has no token for them", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.effect("publish-presence")).toMatchObject({ epoch: 2, revision: -1 });
  });

  it("L10: what a caller had asked for is forgotten: a hidden tab refreshes nothing for the next session", () => {
    const tab = signedInTab().send({ type: "hidden" });
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    endElsewhere(tab).rotate(1, "S2").send({ type: "checked" });
    expect(tab.state.record).toMatchObject({ status: "in", sessionId: "S2" });
    expect(tab.phase).toBe("parked");
  });

  it("L10: a caller who is told that nobody is signed in leaves no wish behind", () => {
    const tab = signedOutTab().send({ type: "hidden" });
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    tab.rotate(1, "S2").send({ type: "checked" });
    expect(tab.phase).toBe("parked");
  });

  it("L4: a version cookie that only the former session had raises no doubt about the next", () => {
    const tab = answerLogin(loggingIn(signedOutTab()), "granted");
    expect(tab.send({ type: "checked" }).state).toMatchObject({ doubted: false, grant: { revision: 1 } });
    expect(tab.phase).toBe("scheduled");
  });

  it("L10: another end for the same reason is no news, one for another reason is", () => {
    const tab = signedOutTab();
    const { who } = tab.state;
    loggingIn(tab).send({ type: "sign-out-wanted", scope: "this" });
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.state.record).toMatchObject({ status: "out", sessionId: "S2" });
    expect(tab.state.who).toBe(who);
    const first = loggingIn().send({ type: "sign-out-wanted", scope: "this" });
    expect(first.state.who).toEqual({ status: "unauthenticated", reason: "no-session" });
    answerLogin(first.rotate(1, "S2"), "granted");
    expect(first.state.who).toEqual({ status: "unauthenticated", reason: "signed-out" });
  });

  it("R-150: nobody is shown as signed out who was never seen signed in", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.answer({ kind: "ended", reason: "revoked" });
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "revoked" });
    expect(tab.inspected.map(({ type }) => type)).not.toContain("signed-out");
  });
});

describe("L9: an end in another tab", () => {
  it("L10: that the server has confirmed leaves nothing to do, and no timer", () => {
    const tab = endElsewhere(signedInTab());
    expect(tab.phase).toBe("idle");
    expect(tab.did).not.toContain("arm-timer");
  });

  it("L10: while the revocation is left to that tab, looking costs nothing", () => {
    const tab = endElsewhere(signedInTab(), { pending: "this" });
    expect(tab.phase).toBe("cooling");
    expect(tab.did).not.toContain("fail-waiters");
    expect(tab.send({ type: "checked" }).effects).toEqual([]);
  });

  it("L10: that tab is given the time of its request; then the others come one after another", () => {
    const delays = [0, 0.5, 0.999].map((roll) => {
      const tab = signedInTab();
      tab.roll = roll;
      return endElsewhere(tab, { pending: "this" }).effect("arm-timer")?.delayMs;
    });
    expect(delays).toEqual([20_000, 30_000, 39_980]);
  });

  it("L7: a caller who signs out there too is not kept waiting for it", () => {
    const tab = endElsewhere(signedInTab(), { pending: "this" });
    tab.send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });
});

describe("L3: an end in another tab while a login runs here", () => {
  const tabs = {
    "somebody is signed in": () => signedInTab(),
    "that is not known yet": () => new MachineTab(signedInRegister()).start(),
  };

  it.each(Object.entries(tabs))("a sign-out of the same epoch wins over the login (%s)", (_, open) => {
    const tab = endElsewhere(loggingIn(open()), { epoch: 1 });
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.effect("settle-sign-in")?.result).toBe("superseded");
    expect(tab.state.record).toMatchObject({ status: "out", sessionId: "S2", pending: "this" });
  });

  it("a session that ran out does not: the login stands", () => {
    const tab = endElsewhere(loggingIn(signedInTab()), { reason: "idle" });
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.effect("settle-sign-in")?.result).toBe("signed-in");
    expect(tab.state.record).toEqual({ epoch: 3, status: "in", sessionId: "S2" });
  });
});
