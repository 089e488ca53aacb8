/** Logins and sign-outs that meet something under way. */
import { describe, expect, it } from "vitest";
import { answerLogin, fresh, loggingIn, MachineTab, signedInRegister, signedInTab } from "./support.js";

const signOut = { type: "sign-out-wanted", scope: "this" } as const;
const network = { kind: "failed", failure: { code: "network" } } as const;

/** The revocation failed; everybody pauses. */
function failedRevocation(): MachineTab {
  const tab = signedInTab().send(signOut).untilRequest();
  return tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome: network });
}

/** A refresh failed; everybody pauses. */
function failedRefresh(): MachineTab {
  return signedInTab().wait(256_000).fire("due").untilRequest().answer(network);
}

describe("L3: sign-out", () => {
  it("gives up the queueing for a refresh, and queues for the revocation in the same turn", () => {
    const tab = signedInTab().wait(295_000).fire("due");
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "refresh" });
    tab.send(signOut);
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });

  it("asked for twice, neither loses its place in the queue nor sends its request twice", () => {
    const tab = signedInTab().send(signOut);
    expect(tab.phase).toBe("locking");
    expect(tab.send(signOut).effects).toEqual([]);
    tab.untilRequest();
    expect(tab.phase).toBe("requesting");
    expect(tab.send(signOut).effects).toEqual([]);
  });

  it("L7: tells the other tabs why the lock is held while its request is out", () => {
    const tab = signedInTab().send(signOut).untilRequest();
    expect(tab.did).toContain("send-sign-out");
    expect(tab.register.hold).toMatchObject({ kind: "claim", ttlMs: tab.policy.claimMs });
  });

  it("of a wider scope gives the revocation that is out no shorter time to be answered", () => {
    const tab = signedInTab().send(signOut).untilRequest();
    tab.send({ type: "sign-out-wanted", scope: "all" });
    expect(tab.register.record).toMatchObject({ pending: "all" });
    expect(tab.phase).toBe("requesting");
    expect(tab.did).not.toContain("arm-timer");
  });

  it("L7: asked for again during a pause, is told at once that the server is not known to have heard", () => {
    const tab = failedRevocation().send(signOut);
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("settle-sign-out")?.revoked).toBe(false);
    expect(tab.phase).toBe("cooling");
  });

  it("during a login leaves its caller waiting until the login is over", () => {
    const tab = loggingIn(signedInTab()).send(signOut);
    expect(tab.did).not.toContain("settle-sign-in");
    answerLogin(tab, "granted");
    expect(tab.effect("settle-sign-in")?.result).toBe("superseded");
  });

  it("of all sessions during a login stays one of all once the new session's cookie is there", () => {
    const tab = loggingIn(signedInTab()).send({ type: "sign-out-wanted", scope: "all" });
    tab.register = { ...tab.register, mark: { sessionId: "S2", revision: 1 } };
    answerLogin(tab.send({ type: "checked" }), "granted");
    expect(tab.state.record).toMatchObject({ status: "out", reason: "signed-out", pending: "all" });
  });

  it("of all sessions in another tab during a login is one of all for the new session too", () => {
    const tab = loggingIn(signedInTab());
    const out = { epoch: 2, status: "out", sessionId: "S1", reason: "signed-out", pending: "all" } as const;
    tab.register = { ...tab.register, record: out };
    tab.send({ type: "checked" });
    tab.register = { ...tab.register, mark: { sessionId: "S2", revision: 1 } };
    answerLogin(tab.send({ type: "checked" }), "granted");
    expect(tab.state.record).toMatchObject({ status: "out", reason: "signed-out", pending: "all" });
  });

  it("of all sessions during a login stays one of all when one of this session follows", () => {
    const tab = loggingIn(signedInTab()).send({ type: "sign-out-wanted", scope: "all" }).send(signOut);
    tab.register = { ...tab.register, mark: { sessionId: "S2", revision: 1 } };
    answerLogin(tab.send({ type: "checked" }), "granted");
    expect(tab.state.record).toMatchObject({ status: "out", reason: "signed-out", pending: "all" });
  });

  it("L4: in another browser, of the session that a login is about to replace, does not end the new one", () => {
    const tab = loggingIn(signedInTab());
    const ended = { epoch: 2, status: "out", sessionId: "S1", reason: "signed-out-elsewhere" } as const;
    tab.register = { ...tab.register, record: { ...ended, pending: null } };
    tab.send({ type: "checked" });
    tab.register = { ...tab.register, mark: { sessionId: "S2", revision: 1 } };
    answerLogin(tab.send({ type: "checked" }), "granted");
    expect(tab.effect("settle-sign-in")?.result).toBe("signed-in");
  });

  it("of all sessions during a login, where no cookie can be read, stays one of all", () => {
    const tab = loggingIn(signedInTab());
    tab.register = { ...tab.register, mark: "unreadable" };
    answerLogin(tab.send({ type: "sign-out-wanted", scope: "all" }), "granted");
    expect(tab.state.record).toMatchObject({ status: "out", reason: "signed-out", pending: "all" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-sign-out")?.scope).toBe("all");
  });

  it("is the reason, also for a session that was never shown", () => {
    const tab = loggingIn().send(signOut);
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.register.record).toMatchObject({ status: "out", reason: "signed-out", pending: "this" });
  });
});

describe("signing in", () => {
  it("L2: lets a refresh of this tab that is out come home first", () => {
    const tab = signedInTab().wait(256_000).fire("due").untilRequest();
    tab.send({ type: "sign-in-wanted" });
    expect(tab.effects).toEqual([]);
    tab.grant(fresh(3));
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "sign-in" });
  });

  it("L3: leaves the revocation its place in the queue", () => {
    const tab = signedInTab().send(signOut).send({ type: "sign-in-wanted" });
    expect(tab.effects).toEqual([]);
    expect(tab.state.work).toMatchObject({ phase: "locking", intent: "revoke" });
  });

  it("L7: is refused at once while the revocation pauses", () => {
    const tab = failedRevocation().send({ type: "sign-in-wanted" });
    expect(tab.effect("postpone-sign-in")?.failure).toEqual({ code: "network", retryAfterMs: 750 });
    expect(tab.did).not.toContain("request-lock");
  });

  it("keeps refreshes away for longer than it may take itself", () => {
    const tab = loggingIn();
    expect(tab.register.hold?.ttlMs).toBeGreaterThan(tab.effect("arm-timer")?.delayMs ?? Infinity);
  });

  it("takes back its own hold only, not that of another tab's login", () => {
    const tab = loggingIn();
    const hold = tab.register.hold && { ...tab.register.hold, startedAtWall: tab.wall + 1_000 };
    tab.register = { ...tab.register, hold };
    answerLogin(tab.rotate(1, "S2"), "granted");
    expect(tab.state.who.status).toBe("authenticated");
    expect(tab.register.hold).toEqual(hold);
  });

  it("L10: puts the pause back that it took the place of, unless somebody is signed in now", () => {
    const { hold } = failedRefresh().register;
    expect(hold?.kind).toBe("cooldown");
    expect(answerLogin(loggingIn(failedRefresh()), "failed").register.hold).toEqual(hold);
    expect(loggingIn(failedRefresh()).wait(30_000).fire("request").register.hold).toEqual(hold);
    const signedIn = answerLogin(loggingIn(failedRefresh()).rotate(1, "S2"), "granted");
    expect(signedIn.register.hold).toBeNull();
  });

  it("L7: the answer to a login that was given up is none to the next", () => {
    const tab = loggingIn();
    const { ticket } = tab;
    loggingIn(tab.wait(30_000).fire("request"));
    const outcome = { kind: "granted", fresh: fresh(1) } as const;
    tab.send({ type: "sign-in-answered", ticket, outcome });
    expect(tab.effects).toEqual([]);
    expect(tab.phase).toBe("calling");
    expect(tab.state.who.status).toBe("unauthenticated");
  });

  it("R-150: puts off nobody who did not ask for it", () => {
    const tab = failedRefresh().send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    expect(tab.did).toEqual(["fail-waiters"]);
  });
});

describe("L9: a login whose answer is not ours to read", () => {
  it("begins no second epoch for a session that the version cookie has named", () => {
    const tab = answerLogin(loggingIn().rotate(1, "S2"), "unknown");
    expect(tab.register.record).toEqual({ epoch: 1, status: "in", sessionId: "S2" });
  });

  it("L3: replaces the former session where no cookie can be read, and tells the others", () => {
    const tab = loggingIn(signedInTab());
    tab.register = { ...tab.register, mark: "unreadable" };
    answerLogin(tab, "unknown");
    expect(tab.register.record).toEqual({ epoch: 2, status: "in", sessionId: null });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "changed", epoch: 2 });
    expect(tab.state.grant).toBeNull();
  });

  it("signs in also when the former session ended meanwhile, where no cookie can be read", () => {
    const tab = loggingIn(new MachineTab({ ...signedInRegister(), mark: "unreadable" }).start());
    const end = { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null } as const;
    tab.register = { ...tab.register, record: end };
    answerLogin(tab.send({ type: "checked" }), "unknown");
    expect(tab.register.record).toEqual({ epoch: 3, status: "in", sessionId: null });
  });

  it.each(["unreadable", { sessionId: "S2", revision: 1 }] as const)(
    "is followed by a refresh in a hidden tab too: its caller waits (cookie: %j)",
    (mark) => {
      const tab = loggingIn().send({ type: "hidden" });
      tab.register = { ...tab.register, mark };
      expect(answerLogin(tab, "unknown").phase).toBe("rereading");
    },
  );
});

describe("L3: a session whose name is learnt later", () => {
  it("is still the same: what is under way for it goes on", () => {
    const record = { epoch: 4, status: "in", sessionId: null } as const;
    const tab = new MachineTab({ record, mark: null, hold: null, lifetime: null }).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    expect(tab.phase).toBe("locking");
    tab.rotate(3).send({ type: "checked" });
    expect(tab.state.record).toEqual({ ...record, sessionId: "S1" });
    expect(tab.did).toEqual(["write-record"]);
  });

  it("is another in another epoch, also when neither has a name", () => {
    const record = { epoch: 1, status: "in", sessionId: null } as const;
    const tab = new MachineTab({ record, mark: "unreadable", hold: null, lifetime: null }).start();
    tab.state = {
      ...tab.state,
      grant: { ...fresh(2), epoch: 1, startedAt: tab.at, dueAt: tab.at + 200_000 },
    };
    tab.register = { ...tab.register, record: { ...record, epoch: 3 } };
    expect(tab.send({ type: "checked" }).state.grant).toBeNull();
  });
});

describe("L10: a login that is not withdrawn in time", () => {
  /** The server asked for five minutes of quiet, and somebody signs in meanwhile. */
  function loggingInMeanwhile(): MachineTab {
    const busy = { kind: "failed", failure: { code: "unavailable", retryAfterMs: 300_000 } } as const;
    return loggingIn(signedInTab().wait(256_000).fire("due").untilRequest().answer(busy).wait(1_000));
  }

  it.each(["left", "frozen"] as const)("leaves the pause that it took the place of (%s)", (cause) => {
    const { register, at, wall } = loggingInMeanwhile().send({ type: "suspended", cause });
    const next = new MachineTab({ ...register, mark: { sessionId: "S1", revision: 2 } }, {}, "tab-b");
    Object.assign(next, { at, wall });
    next.wait(32_000).start().untilRequest();
    expect(next.state.work).toMatchObject({ phase: "cooling", failure: { code: "unavailable" } });
    next.wait(500_000).fire("cool").untilRequest();
    expect(next.did).toContain("send-refresh");
  });

  it("leaves none where there was none", () => {
    const { register, at, wall } = loggingIn(signedInTab()).send({ type: "suspended", cause: "left" });
    const next = new MachineTab(register, {}, "tab-b");
    Object.assign(next, { at, wall });
    next.wait(32_000).start().untilRequest();
    expect(next.did).toContain("send-refresh");
  });

  it("and succeeds late, in a page that was throttled, ends the pause; one that fails late keeps it", () => {
    for (const [kind, held] of [
      ["granted", undefined],
      ["failed", "cooldown"],
    ] as const) {
      const tab = loggingInMeanwhile().wait(40_000);
      answerLogin(tab, kind);
      expect(tab.register.hold?.kind).toBe(held);
    }
  });
});
