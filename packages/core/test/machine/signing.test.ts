import { describe, expect, it } from "vitest";
import type { EpochRecord } from "../../src/machine/version.js";
import {
  answerLogin,
  emptyRegister,
  fresh,
  identity,
  loggingIn,
  MachineTab,
  signedInRegister,
  signedInTab,
} from "./support.js";

const tombstone: EpochRecord = {
  epoch: 2,
  status: "out",
  sessionId: "S1",
  reason: "signed-out",
  pending: "this",
};

describe("L3: sign-out wins", () => {
  it("the tombstone is written and the token dropped in the same turn, before any request", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "all" });
    expect(tab.did.indexOf("write-record")).toBeLessThan(tab.did.indexOf("broadcast"));
    expect(tab.register.record).toMatchObject({ status: "out", epoch: 2, pending: "all" });
    expect(tab.state.grant).toBeNull();
    expect(tab.phase).toBe("locking");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-sign-out")?.scope).toBe("all");
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome: { kind: "done" } });
    expect(tab.effect("settle-sign-out")).toEqual({ type: "settle-sign-out", revoked: true });
    expect(tab.register.record).toMatchObject({ status: "out", pending: null });
    expect(tab.phase).toBe("idle");
  });

  it("scenario 22: a refresh in flight is let land, and its late 200 restores nothing", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.effect("arm-timer")).toMatchObject({ name: "request", delayMs: 5_000 });
    expect(tab.phase).toBe("requesting");
    tab.grant(fresh(2));
    expect(tab.state.grant).toBeNull();
    expect(tab.state.who.status).toBe("unauthenticated");
    // Then, and only then, the revocation goes out.
    expect(tab.phase).toBe("locking");
    expect(tab.state.work).toMatchObject({ intent: "revoke" });
  });

  it("scenario 22: a flight that does not land in time is not waited for", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.send({ type: "sign-out-wanted", scope: "this" }).wait(5_000).fire("request");
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });

  it("scenario 22: a claim that somebody cleared away is not withdrawn a second time", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.send({ type: "sign-out-wanted", scope: "this" });
    tab.register = { ...tab.register, hold: null, lifetime: null };
    expect(tab.grant(fresh(2)).did).not.toContain("write-hold");
  });

  it("scenario 22: sign-out in another tab fences the flight of this one", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.register = { ...tab.register, record: { ...tombstone, pending: null } };
    tab.grant(fresh(2));
    expect(tab.state.grant).toBeNull();
    expect(tab.phase).toBe("idle");
  });

  it("scenario 24, 27: a revocation that fails is kept and sent again; the caller is told that it is not confirmed", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.send({
      type: "sign-out-answered",
      ticket: tab.ticket,
      outcome: { kind: "failed", failure: { code: "unavailable" } },
    });
    expect(tab.effect("settle-sign-out")?.revoked).toBe(false);
    expect(tab.phase).toBe("cooling");
    tab.wait(60_000).fire("cool").send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).toContain("send-sign-out");
    tab.wait(20_000).fire("request");
    expect(tab.phase).toBe("cooling");
    expect(tab.register.record).toMatchObject({ pending: "this" });
  });

  it("scenario 24: after a reload the revocation goes out before anything else", () => {
    const tab = new MachineTab({ ...signedInRegister(), record: tombstone }).start();
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "signed-out" });
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });

  it("a late answer that puts the cookie of the ended session back wakes nobody", () => {
    const tab = new MachineTab({ ...signedInRegister(7), record: { ...tombstone, pending: null } }).start();
    expect(tab.phase).toBe("idle");
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    expect(tab.phase).toBe("idle");
  });

  it("signed out twice: the wider scope stays, and an ended session needs no second revocation", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "all" });
    tab.send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.register.record).toMatchObject({ pending: "all" });
    const anonymous = new MachineTab(emptyRegister).start().send({ type: "sign-out-wanted", scope: "this" });
    expect(anonymous.effect("settle-sign-out")?.revoked).toBe(true);
    expect(anonymous.did).not.toContain("write-record");
  });

  it("L7: asked again when the pause after a failure is over, though its timer is late, the revocation is tried at once", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    const outcome = { kind: "failed", failure: { code: "network" } } as const;
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome });
    tab.wait(60_000).send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
    expect(tab.state.record.epoch).toBe(2);
  });

  it.each([
    ["network", 0],
    ["rate-limited", 750],
  ] as const)(
    "a pause of the refresh (%s) holds the revocation up only if the server asked for it",
    (code, ttlMs) => {
      const tab = signedInTab().wait(256_000).fire("due").untilRequest();
      tab.answer({ kind: "failed", failure: { code } });
      tab.send({ type: "sign-out-wanted", scope: "this" });
      expect(tab.register.hold?.ttlMs).toBe(ttlMs);
    },
  );

  it("a sign-out answered after somebody signed in again changes nothing of the new session", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    const late = tab.ticket;
    tab.register = {
      record: { epoch: 3, status: "in", sessionId: "S2" },
      mark: { sessionId: "S2", revision: 1 },
      hold: null,
      lifetime: null,
    };
    tab.send({ type: "sign-out-answered", ticket: late, outcome: { kind: "done" } });
    expect(tab.state.record).toMatchObject({ status: "in", sessionId: "S2" });
    tab.send({ type: "sign-out-answered", ticket: late, outcome: { kind: "done" } });
    expect(tab.did).not.toContain("settle-sign-out");
  });

  it("a revocation overtaken by a second sign-out does not count for that one", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    tab.send({ type: "lock-granted", ticket: tab.ticket }).send({ type: "sign-out-wanted", scope: "all" });
    const outcome = { kind: "failed", failure: { code: "network" } } as const;
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome });
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });
});

describe("L9: the other tabs", () => {
  it("scenario 26b: they know from the register alone, and leave the revocation to the tab that signed out", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, record: tombstone };
    tab.send({ type: "checked" });
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
    expect(tab.phase).toBe("cooling");
    expect(tab.did).not.toContain("request-lock");
  });

  it("should that tab die first, they revoke the session in its place", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, record: tombstone };
    tab.send({ type: "checked" }).wait(40_000).fire("cool");
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
    // It had not died after all.
    tab.register = { ...tab.register, record: { ...tombstone, pending: null } };
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).not.toContain("send-sign-out");
    expect(tab.effect("settle-sign-out")?.revoked).toBe(true);
  });

  it("scenario 19: a session that the backend ended is one event, with its reason, in every tab", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, record: { ...tombstone, reason: "idle", pending: null } };
    tab.send({ type: "checked" }).send({ type: "checked" });
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(tab.inspected.filter(({ type }) => type === "signed-out")).toEqual([
      { type: "signed-out", reason: "idle" },
    ]);
  });

  it("a session that no tab recorded, signed in by the server's own page, is taken up", () => {
    const tab = new MachineTab(emptyRegister).start();
    tab.rotate(1, "S2").send({ type: "woke", cause: "focused" });
    expect(tab.register.record).toEqual({ epoch: 1, status: "in", sessionId: "S2" });
    expect(tab.untilRequest().phase).toBe("requesting");
  });

  it("while another session replaces ours, nothing of ours is handed out", () => {
    const tab = signedInTab().rotate(1, "S2").send({ type: "checked" });
    expect(tab.state.grant).toBeNull();
    expect(tab.state.record).toMatchObject({ epoch: 2, sessionId: "S2" });
  });

  it("work towards a refresh of the former session is dropped; its pause too", () => {
    const queued = signedInTab().wait(295_000).fire("due");
    expect(queued.phase).toBe("locking");
    queued.rotate(1, "S2").send({ type: "checked" });
    expect(queued.did).toContain("release-lock");
    const cooling = signedInTab().wait(295_000).fire("due").untilRequest();
    cooling.answer({ kind: "failed", failure: { code: "network" } });
    cooling.rotate(1, "S2").send({ type: "checked" });
    expect(cooling.phase).toBe("rereading");
  });
});

describe("signing in", () => {
  it("the login runs outside the lock, behind a hold that keeps refreshes away", () => {
    const tab = loggingIn();
    expect(tab.did).toContain("release-lock");
    expect(tab.did.indexOf("release-lock")).toBeLessThan(tab.did.indexOf("call-sign-in"));
    expect(tab.register.hold?.kind).toBe("sign-in");
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.state.who.status).toBe("authenticated");
    expect(tab.register.hold).toBeNull();
    expect(tab.effect("broadcast")?.body.kind).toBe("token");
  });

  it("where no cookie can be read, the login's own answer names the session", () => {
    const tab = loggingIn(new MachineTab({ ...emptyRegister, mark: "unreadable" }).start());
    answerLogin(tab, "granted");
    expect(tab.register.record).toEqual({ epoch: 1, status: "in", sessionId: "S2" });
  });

  it("an answer that is not ours to read costs one refresh", () => {
    const tab = answerLogin(loggingIn().rotate(1, "S2"), "unknown");
    expect(tab.effect("settle-sign-in")?.result).toBe("signed-in");
    expect(tab.untilRequest().phase).toBe("requesting");
  });

  it("where no cookie can be read, the session's name comes with the refresh", () => {
    const tab = loggingIn(new MachineTab({ ...emptyRegister, mark: "unreadable" }).start());
    answerLogin(tab, "unknown");
    expect(tab.register.record).toEqual({ epoch: 1, status: "in", sessionId: null });
    tab
      .send({ type: "peers-read", ticket: tab.ticket, peers: [] })
      .send({ type: "lock-granted", ticket: tab.ticket });
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    tab.answer({ kind: "granted", fresh: fresh(2) });
    expect(tab.register.record).toEqual({ epoch: 1, status: "in", sessionId: "S1" });
  });

  it("a session without a name is named by the version cookie, in the same epoch", () => {
    const tab = new MachineTab({
      record: { epoch: 4, status: "in", sessionId: null },
      mark: null,
      hold: null,
      lifetime: null,
    }).start();
    tab.rotate(3).send({ type: "checked" });
    expect(tab.state.record).toEqual({ epoch: 4, status: "in", sessionId: "S1" });
  });

  it("a failed login leaves everything as it was", () => {
    const tab = answerLogin(loggingIn(signedInTab()), "failed");
    expect(tab.effect("settle-sign-in")?.result).toBe("failed");
    expect(tab.state.grant?.revision).toBe(2);
    expect(tab.phase).toBe("scheduled");
  });

  it("scenario 25: a login as another user is `user-changed`", () => {
    const tab = loggingIn(signedInTab()).rotate(1, "S2");
    answerLogin(tab, "granted", identity("S2", "grace"));
    expect(tab.inspected).toContainEqual({ type: "user-changed" });
    expect(tab.state.record.epoch).toBe(2);
  });

  it.each([1, "unreadable"] as const)(
    "L3: sign-out called during the login wins over the new session too (cookie: %s)",
    (mark) => {
      const tab = loggingIn(signedInTab());
      tab.send({ type: "sign-out-wanted", scope: "this" });
      if (mark === "unreadable") tab.register = { ...tab.register, mark };
      else tab.rotate(mark, "S2");
      answerLogin(tab, "granted");
      expect(tab.effect("settle-sign-in")?.result).toBe("superseded");
      expect(tab.state.record).toMatchObject({ status: "out", pending: "this" });
      expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
    },
  );

  it("L3: sign-out during an anonymous tab's first login wins too", () => {
    const tab = loggingIn().send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.effect("settle-sign-out")?.revoked).toBe(false);
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.effect("settle-sign-in")?.result).toBe("superseded");
    expect(tab.state.record).toMatchObject({ status: "out", sessionId: "S2", pending: "this" });
  });

  it("L3: sign-out while the login still waits for the lock gives it up", () => {
    const tab = new MachineTab(emptyRegister).start().send({ type: "sign-in-wanted" });
    tab.send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.effect("settle-sign-in")?.result).toBe("superseded");
    expect(tab.phase).toBe("idle");
  });

  it("L3: sign-out in another tab wins too, also when the login's own cookie is seen in the same turn", () => {
    const tab = loggingIn(signedInTab());
    tab.register = { ...tab.register, record: { ...tombstone, pending: null } };
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.effect("settle-sign-in")?.result).toBe("superseded");
    expect(tab.state.record).toMatchObject({ status: "out", sessionId: "S2", pending: "this" });
  });

  it("a session that merely expired elsewhere during the login does not", () => {
    const tab = loggingIn(signedInTab());
    tab.register = { ...tab.register, record: { ...tombstone, reason: "expired", pending: null } };
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.state.who.status).toBe("authenticated");
  });

  it("the former session's revocation goes out first; if it cannot, the login is refused", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, record: tombstone };
    tab.send({ type: "checked" }).send({ type: "sign-in-wanted" });
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    const outcome = { kind: "failed", failure: { code: "network" } } as const;
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome });
    expect(tab.effect("postpone-sign-in")?.failure.code).toBe("network");
  });

  it("a hold that somebody cleared away is not cleared twice", () => {
    const tab = loggingIn();
    tab.register = { ...tab.register, hold: null, lifetime: null };
    expect(answerLogin(tab, "failed").did).not.toContain("write-hold");
  });

  it("L7: a login that takes too long is given up, and its late answer ignored", () => {
    const tab = loggingIn().wait(60_000).fire("request");
    expect(tab.effect("settle-sign-in")?.result).toBe("timeout");
    expect(answerLogin(tab, "granted").state.who.status).toBe("unauthenticated");
  });

  it("a request in flight is let land before the login runs, but not for ever", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "sign-in-wanted" });
    const base = { sessionId: "S1", revision: 1 };
    const hold = {
      kind: "claim",
      attempt: "b-1",
      base,
      startedAtWall: tab.wall,
      ttlMs: 28_000,
      failures: 0,
      code: null,
    } as const;
    tab.register = { ...tab.register, hold };
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("waiting");
    tab.wait(5_000).fire("claim");
    expect(tab.phase).toBe("calling");
  });

  it("a common pause does not keep anybody from logging in", () => {
    const tab = signedInTab().wait(295_000).fire("due").untilRequest();
    tab.answer({ kind: "failed", failure: { code: "rate-limited", retryAfterMs: 100_000 } });
    tab.send({ type: "sign-in-wanted" }).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("calling");
  });
});
