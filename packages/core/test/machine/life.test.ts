import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/machine/policy.js";
import { backoffMs, dueAt, isFresh, onlinePauseMs, requiredValidityMs } from "../../src/machine/schedule.js";
import { snapshotOf } from "../../src/machine/snapshot.js";
import { emptyRegister, fresh, MachineTab, signedInRegister, signedInTab } from "./support.js";

describe("L10: quiet", () => {
  it("scenario 32: an anonymous visitor costs no request, no lock and no message", () => {
    const tab = new MachineTab(emptyRegister).start();
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "no-session" });
    expect(tab.did).toEqual(["publish-presence"]);
  });

  it("scenario 31: focus is not sign-in: no event, no change", () => {
    const tab = signedInTab();
    const { state } = tab;
    tab.send({ type: "woke", cause: "focused" }).send({ type: "woke", cause: "shown" });
    expect(tab.state).toEqual(state);
    expect(tab.effects).toEqual([]);
  });

  it("scenario 15: what came due while hidden is made up for when the tab is seen again", () => {
    const tab = signedInTab().send({ type: "hidden" }).wait(290_000).fire("due");
    expect(tab.phase).toBe("parked");
    expect(tab.send({ type: "checked" }).effects).toEqual([]);
    tab.send({ type: "woke", cause: "shown" });
    expect(tab.phase).toBe("locking");
  });

  it("a hidden tab refreshes when somebody asks, or when it is to be kept fresh", () => {
    const asked = signedInTab().send({ type: "hidden" }).wait(299_000);
    asked.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(asked.phase).toBe("locking");
    const kept = signedInTab({ keepFresh: true }).send({ type: "hidden" }).wait(290_000).fire("due");
    expect(kept.phase).toBe("locking");
  });

  it("scenario 30: a tab opened in the background learns who is signed in all the same", () => {
    const tab = new MachineTab(signedInRegister()).start(false).untilRequest();
    expect(tab.phase).toBe("requesting");
  });

  it("a token that is too old when it comes serves nobody: who waits goes on waiting, after a moment's pause", () => {
    const tab = signedInTab().send({ type: "hidden" }).wait(299_000);
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 }).untilRequest();
    tab.wait(400_000).grant(fresh(3));
    expect(tab.state.wanted).toBe("token");
    expect(tab.phase).toBe("scheduled");
    expect(tab.wait(1_000).fire("due").phase).toBe("locking");
  });

  it("a caller with a good token starts nothing; one who needs it longer does", () => {
    const tab = signedInTab().wait(200_000);
    expect(tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 }).phase).toBe("scheduled");
    expect(tab.send({ type: "token-wanted", fresh: false, minValidityMs: 140_000 }).phase).toBe("locking");
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(tab.state.wanted).toBe("fresh");
  });

  it("`fresh` is not forgotten when somebody else just wants a token", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(tab.state.wanted).toBe("fresh");
    const plain = new MachineTab(signedInRegister()).start();
    expect(plain.send({ type: "token-wanted", fresh: false, minValidityMs: 0 }).state.wanted).toBe("token");
  });
});

describe("L7, L9: away and back", () => {
  it.each(["left", "frozen"] as const)(
    "%s: gives the lock back, and forgets its flight; the claim stays published",
    (cause) => {
      const tab = new MachineTab(signedInRegister()).start().untilRequest();
      tab.send({ type: "suspended", cause });
      expect(tab.did).toEqual(expect.arrayContaining(["withdraw-presence", "release-lock"]));
      expect(tab.phase).toBe("idle");
      expect(tab.register.hold?.kind).toBe("claim");
      // Back: its own claim is anybody's claim now.
      tab.send({ type: "woke", cause: "restored" }).untilRequest();
      expect(tab.phase).toBe("waiting");
    },
  );

  it("scenario 26: restored after a sign-out elsewhere, it shows nothing of the old session", () => {
    const tab = signedInTab().send({ type: "suspended", cause: "left" });
    tab.register = {
      ...tab.register,
      record: { epoch: 2, status: "out", sessionId: "S1", reason: "signed-out", pending: null },
    };
    tab.send({ type: "woke", cause: "restored" });
    expect(tab.state.grant).toBeNull();
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
    expect(tab.did).toContain("publish-presence");
  });

  it("while away it begins nothing, and shows nothing to the others", () => {
    const tab = signedInTab().send({ type: "suspended", cause: "frozen" }).wait(299_000);
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(tab.phase).toBe("idle");
    tab.register = {
      ...tab.register,
      record: { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null },
    };
    expect(tab.send({ type: "checked" }).did).not.toContain("publish-presence");
  });

  it("a login under way is not given up for a page that goes away", () => {
    const tab = new MachineTab(emptyRegister).start().send({ type: "sign-in-wanted" });
    tab.send({ type: "lock-granted", ticket: tab.ticket }).send({ type: "suspended", cause: "frozen" });
    expect(tab.phase).toBe("calling");
  });

  it("timers of a phase that is over change nothing", () => {
    const tab = signedInTab();
    const { state } = tab;
    for (const name of ["cool", "ask", "slice", "claim", "request"] as const) tab.fire(name);
    expect(tab.state).toEqual(state);
    expect(new MachineTab(emptyRegister).start().fire("due").phase).toBe("idle");
  });

  it("before it starts and after it is disposed a session takes no event, and it starts once", () => {
    const tab = new MachineTab(signedInRegister());
    expect(tab.send({ type: "checked" }).state.life).toBe("new");
    tab.start().start(false);
    expect(tab.state.visible).toBe(true);
    tab.send({ type: "disposed" });
    expect(tab.did).toEqual(expect.arrayContaining(["withdraw-presence", "release-lock", "dispose"]));
    expect(tab.send({ type: "woke", cause: "shown" }).effects).toEqual([]);
    expect(new MachineTab().send({ type: "disposed" }).state.life).toBe("disposed");
  });

  it("what a port cannot do, and a message that cannot be read, is said", () => {
    const tab = signedInTab().send({ type: "port-failed", port: "lock", reason: "SecurityError" });
    expect(tab.inspected).toContainEqual({ type: "degraded", port: "lock", reason: "SecurityError" });
    tab.send({ type: "message-ignored", why: "other-version" });
    expect(tab.inspected).toContainEqual({ type: "message-ignored", why: "other-version" });
  });
});

describe("L6: arithmetic of time", () => {
  const stamp = { at: 0, roll: 0 };

  it("refreshes a quarter of a short life ahead, a minute of a long one, spread over half of that", () => {
    expect(dueAt({ startedAt: 0, lifetimeMs: 4_000 }, defaultPolicy, stamp)).toBe(3_000);
    expect(dueAt({ startedAt: 0, lifetimeMs: 3_600_000 }, defaultPolicy, stamp)).toBe(3_540_000);
    expect(dueAt({ startedAt: 0, lifetimeMs: 3_600_000 }, defaultPolicy, { at: 0, roll: 0.5 })).toBe(
      3_555_000,
    );
    expect(
      dueAt({ startedAt: 0, lifetimeMs: 3_600_000 }, defaultPolicy, { at: 0, roll: 0.999 }),
    ).toBeLessThan(3_570_000);
  });

  it("scenario 16: a token that arrives stale is not replaced in a storm, and a long one not at once", () => {
    expect(dueAt({ startedAt: 0, lifetimeMs: 4_000 }, defaultPolicy, { at: 9_000, roll: 0 })).toBe(10_000);
    expect(dueAt({ startedAt: 0, lifetimeMs: 2 ** 33 }, defaultPolicy, stamp)).toBe(2 ** 33 - 60_000);
  });

  it("asks of a token what it can give", () => {
    expect(requiredValidityMs({ startedAt: 0, lifetimeMs: 300_000 }, defaultPolicy)).toBe(5_000);
    expect(requiredValidityMs({ startedAt: 0, lifetimeMs: 4_000 }, defaultPolicy)).toBe(400);
    expect(requiredValidityMs({ startedAt: 0, lifetimeMs: 4_000 }, defaultPolicy, 60_000)).toBe(2_000);
    expect(isFresh({ startedAt: 0, lifetimeMs: 300_000 }, defaultPolicy, 294_999)).toBe(true);
    expect(isFresh({ startedAt: 0, lifetimeMs: 300_000 }, defaultPolicy, 295_000)).toBe(false);
  });

  it("backs off within bounds, however often it failed", () => {
    expect(backoffMs(1, defaultPolicy, 0)).toBe(500);
    expect(backoffMs(0, defaultPolicy, 0)).toBe(500);
    expect(backoffMs(1_000_000, defaultPolicy, 0.999)).toBeLessThanOrEqual(60_000);
  });
});

describe("L5, L10: the snapshot", () => {
  it("is the same object as long as nothing in it changed, and frozen", () => {
    const tab = signedInTab();
    const before = { state: tab.state, snapshot: snapshotOf(tab.state) };
    tab.wait(256_000).fire("due").untilRequest().grant(fresh(3));
    expect(snapshotOf(tab.state, before)).toBe(before.snapshot);
    expect(Object.isFrozen(before.snapshot)).toBe(true);
    tab
      .wait(256_000)
      .fire("due")
      .untilRequest()
      .answer({ kind: "failed", failure: { code: "network" } });
    expect(snapshotOf(tab.state, before)).toMatchObject({ status: "authenticated", problem: "network" });
    tab.send({ type: "sign-out-wanted", scope: "this" });
    expect(snapshotOf(tab.state)).toEqual({ status: "unauthenticated", reason: "signed-out" });
    expect(snapshotOf(new MachineTab().state)).toEqual({ status: "loading", problem: null });
  });
});

describe("L10: the connection is back for everybody at once", () => {
  const pauses = (failures: number) =>
    Array.from({ length: 1_000 }, (_, index) => onlinePauseMs(`tab${index}-7`, failures, defaultPolicy));

  it("after a long interruption browsers come within ten seconds, evenly spread", () => {
    const spread = pauses(20);
    const inEachSecond = Array.from(
      { length: 10 },
      (_, second) => spread.filter((ms) => Math.floor(ms / 1_000) === second).length,
    );
    expect(inEachSecond.reduce((sum, count) => sum + count)).toBe(1_000);
    for (const count of inEachSecond) expect(count).toBeGreaterThan(50);
  });

  it("after a short one within half a second, and all tabs of one browser together", () => {
    for (const ms of pauses(1)) expect(ms).toBeLessThan(500);
    expect(onlinePauseMs("a-1", 3, defaultPolicy)).toBe(onlinePauseMs("a-1", 3, defaultPolicy));
  });
});
