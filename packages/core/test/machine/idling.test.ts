import { describe, expect, it } from "vitest";
import { endsAtWall } from "../../src/machine/idling.js";
import type { SessionBounds } from "../../src/machine/outcome.js";
import type { Policy } from "../../src/machine/policy.js";
import { snapshotOf } from "../../src/machine/snapshot.js";
import { fresh, loggingIn, MachineTab, signedInRegister, wallStart } from "./support.js";

const minute = 60_000;
/** Half an hour without activity, eight hours in all. */
const bounds: SessionBounds = { idleMs: 30 * minute, idleLimitMs: 30 * minute, absoluteMs: 480 * minute };

/** A tab whose token outlives whatever happens in a test, unless a test asks otherwise. */
function boundedTab(policy: Partial<Policy> = {}, told: Partial<SessionBounds> = {}): MachineTab {
  const token = fresh(2, { lifetimeMs: 1_000 * minute, bounds: { ...bounds, ...told } });
  return new MachineTab(signedInRegister(), policy).start().untilRequest().grant(token);
}

function shown(tab: MachineTab) {
  const snapshot = snapshotOf(tab.state);
  return snapshot.status === "authenticated" ? snapshot.warning : snapshot;
}

function told(tab: MachineTab): readonly string[] {
  return tab.inspected.map(({ type }) => type).filter((type) => type.includes("warning"));
}

describe("R-065: the idle time-out", () => {
  it("what the server tells of the session's end is there for all tabs, by the wall clock", () => {
    const tab = boundedTab();
    expect(tab.register.lifetime).toEqual({
      sessionId: "S1",
      idleAtWall: wallStart + 30 * minute,
      idleLimitMs: 30 * minute,
      endsAtWall: wallStart + 480 * minute,
    });
  });

  it("the user is warned a minute ahead, until the session ends, by a timer that is set for both", () => {
    const tab = boundedTab();
    // The first look is for activity that the server has not heard of.
    expect(tab.effects).toContainEqual({ type: "arm-timer", name: "lifetime", delayMs: 28 * minute });
    tab.wait(28 * minute).fire("lifetime");
    expect(tab.effects).toEqual([{ type: "arm-timer", name: "lifetime", delayMs: minute }]);
    tab.wait(minute - 1).fire("lifetime");
    expect(shown(tab)).toBeNull();
    tab.wait(1).fire("lifetime");
    expect(shown(tab)).toEqual({ reason: "idle", at: wallStart + 30 * minute });
    expect(tab.effects).toEqual([{ type: "arm-timer", name: "lifetime", delayMs: minute }]);
    tab.wait(minute).fire("lifetime");
    expect(shown(tab)).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(tab.state.record).toMatchObject({ status: "out", reason: "idle", pending: "this" });
    expect(told(tab)).toEqual(["idle-warning"]);
  });

  it("the warning is the same object from look to look: nobody renders a countdown that did not change", () => {
    const tab = boundedTab()
      .wait(29.5 * minute)
      .fire("lifetime");
    const { warning } = tab.state;
    expect(warning).not.toBeNull();
    expect(tab.wait(500).send({ type: "checked" }).state.warning).toBe(warning);
    expect(tab.inspected).toContainEqual({ type: "idle-warning", inMs: 30_000 });
    expect(told(tab)).toEqual(["idle-warning"]);
  });

  it("an end that comes nearer while the user is warned is shown as it is, and looked at in time", () => {
    const tab = boundedTab({ idleWarningMs: 15 * minute })
      .wait(20 * minute)
      .fire("lifetime");
    expect(shown(tab)).toEqual({ reason: "idle", at: wallStart + 30 * minute });
    const lifetime = { ...tab.register.lifetime!, idleAtWall: wallStart + 25 * minute };
    tab.register = { ...tab.register, lifetime };
    tab.send({ type: "checked" });
    expect(shown(tab)).toEqual({ reason: "idle", at: wallStart + 25 * minute });
    expect(tab.effects).toContainEqual({ type: "arm-timer", name: "lifetime", delayMs: 3 * minute });
  });

  it("a clock that is set forward beyond a look does not leave the next one to a timer that is late", () => {
    const tab = boundedTab();
    tab.wall += 28.5 * minute;
    tab.send({ type: "checked" });
    expect(tab.effects).toContainEqual({ type: "arm-timer", name: "lifetime", delayMs: minute / 2 });
  });

  it("nobody is warned before it is known whose session it is", () => {
    const { register } = boundedTab();
    const tab = new MachineTab(register, {}, "tab-b").wait(29.5 * minute).start();
    expect(told(tab)).toEqual([]);
    tab.untilRequest().grant(fresh(3, { bounds: { ...bounds, idleMs: minute / 2 } }));
    expect(told(tab)).toEqual(["idle-warning"]);
  });

  it("no timer outlives the session, and a disposed tab sets none", () => {
    const out = boundedTab().send({ type: "sign-out-wanted", scope: "this" });
    expect(out.effects).toContainEqual({ type: "cancel-timer", name: "lifetime" });
    const disposed = boundedTab()
      .wait(29 * minute)
      .send({ type: "disposed" });
    expect(disposed.did).not.toContain("arm-timer");
  });

  it("activity in this tab, or in another, puts it off and takes the warning back", () => {
    const tab = boundedTab()
      .wait(29.5 * minute)
      .fire("lifetime");
    tab.send({ type: "acted" });
    expect(shown(tab)).toBeNull();
    expect(told(tab)).toEqual(["idle-warning", "warning-cleared"]);
    const other = boundedTab()
      .wait(29.5 * minute)
      .fire("lifetime");
    other.actedAtWall = other.wall - 1_000;
    other.send({ type: "message-received", message: { v: 1, from: "tab-b", kind: "changed", epoch: 1 } });
    expect(shown(other)).toBeNull();
  });

  it("activity that the server has not heard of is reported before it takes the session for idle, hidden or not", () => {
    const tab = boundedTab().wait(minute).send({ type: "acted" }).send({ type: "hidden" });
    expect(tab.wait(26 * minute).send({ type: "checked" }).phase).not.toBe("locking");
    expect(tab.wait(minute).fire("lifetime").phase).toBe("locking");
    tab.untilRequest();
    expect(tab.did).toContain("send-refresh");
    tab.grant(fresh(3, { lifetimeMs: 1_000 * minute, bounds: { ...bounds, idleMs: 3 * minute } }));
    // Reported: the deadline is the server's again.
    expect(tab.wait(2 * minute).fire("lifetime").phase).toBe("scheduled");
    expect(shown(tab)).toMatchObject({ reason: "idle" });
  });

  it("the others are told of activity while they warn, and not of any other", () => {
    const tab = boundedTab({ idleWarningMs: 300_000 })
      .wait(24 * minute)
      .send({ type: "acted" });
    expect(tab.did).not.toContain("broadcast");
    expect(tab.inspected).not.toContainEqual(expect.objectContaining({ event: "acted" }));
    const warned = boundedTab({ idleWarningMs: 300_000 })
      .wait(26 * minute)
      .fire("lifetime");
    expect(shown(warned)).toMatchObject({ reason: "idle" });
    warned.send({ type: "acted" });
    expect(warned.effect("broadcast")).toMatchObject({ body: { kind: "changed", epoch: 1 } });
    expect(warned.did).not.toContain("request-lock");
  });

  it("L11: background work reports nothing: nobody refreshes for a user who did nothing", () => {
    const tab = boundedTab().wait(29.5 * minute);
    tab.fire("lifetime").send({ type: "checked" }).fire("lifetime");
    expect(tab.phase).toBe("scheduled");
    expect(tab.register.lifetime?.idleAtWall).toBe(wallStart + 30 * minute);
  });

  it("scenario 14: after a sleep beyond the limit, whatever wakes the tab signs it out before anything else", () => {
    for (const event of [
      { type: "woke", cause: "shown" },
      { type: "checked" },
      { type: "token-wanted", fresh: false, minValidityMs: 0 },
      { type: "timer-fired", name: "due" },
    ] as const) {
      const tab = boundedTab()
        .wait(600 * minute)
        .send(event);
      expect(shown(tab)).toEqual({
        status: "unauthenticated",
        reason: expect.stringMatching(/idle|expired/),
      });
      expect(tab.did).not.toContain("send-refresh");
      expect(tab.did).toContain("request-lock");
    }
  });

  it("a tab that a sibling asks for its token after the limit gives it none", () => {
    const tab = boundedTab().wait(31 * minute);
    tab.send({ type: "message-received", message: { v: 1, from: "tab-b", kind: "ask", to: ["tab-a"] } });
    const sent = tab.effects.flatMap((effect) => (effect.type === "broadcast" ? effect.body.kind : []));
    expect(sent).not.toContain("token");
    expect(shown(tab)).toMatchObject({ reason: "idle" });
  });

  it("a tab that is opened after the limit shows nobody, and asks for no token", () => {
    const register = boundedTab().wait(31 * minute).register;
    const tab = new MachineTab(register, {}, "tab-b").wait(31 * minute);
    tab.start();
    expect(shown(tab)).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(tab.did).not.toContain("read-peers");
  });

  it("once, not once in each tab: another tab finds the tombstone and has nothing to send", () => {
    const first = boundedTab()
      .wait(31 * minute)
      .send({ type: "checked" });
    const second = boundedTab().wait(31 * minute);
    second.register = { ...first.register };
    second.send({ type: "checked" });
    expect(shown(second)).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(second.did).not.toContain("request-lock");
    expect(second.did).not.toContain("write-record");
  });

  it("the tab tells the server, which may not have noticed: its clock is another", () => {
    const tab = boundedTab()
      .wait(31 * minute)
      .send({ type: "checked" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-sign-out")).toMatchObject({ scope: "this" });
    tab.send({ type: "sign-out-answered", ticket: tab.ticket, outcome: { kind: "done" } });
    expect(tab.state.record).toMatchObject({ reason: "idle", pending: null });
  });

  it("a refresh that was sent in time is waited for by nobody, and its answer restores nothing (L3)", () => {
    const tab = boundedTab()
      .wait(29 * minute)
      .send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    tab
      .untilRequest()
      .wait(2 * minute)
      .fire("lifetime");
    expect(shown(tab)).toMatchObject({ reason: "idle" });
    tab.grant(fresh(3, { bounds }));
    expect(shown(tab)).toMatchObject({ reason: "idle" });
  });

  it("a login that is under way goes on", () => {
    const tab = loggingIn(boundedTab()).wait(31 * minute);
    tab.fire("lifetime");
    expect(tab.phase).toBe("calling");
    expect(tab.effects).toEqual([]);
  });

  it("a warning that is switched off stays off when a login keeps the session past its end", () => {
    const tab = loggingIn(boundedTab({ idleWarningMs: 0 })).wait(31 * minute);
    expect(tab.fire("lifetime").state.warning).toBeNull();
  });

  it.each([
    [{}, 30],
    [{ absoluteMs: 20 * minute }, 20],
    [{ idleMs: null }, 480],
    [{ absoluteMs: null }, 30],
    [{ idleMs: null, absoluteMs: null }, Infinity],
  ])("when the session ends if nothing happens: told %o, after %d minutes", (told, minutes) => {
    expect(endsAtWall(boundedTab({}, told).state)).toBe(wallStart + minutes * minute);
    expect(endsAtWall(new MachineTab().state)).toBe(Infinity);
  });

  it("a server that does not tell is not second-guessed", () => {
    const tab = boundedTab({}, { idleMs: null, idleLimitMs: null, absoluteMs: null });
    expect(tab.effects).not.toContainEqual(expect.objectContaining({ type: "arm-timer", name: "lifetime" }));
    tab
      .wait(900 * minute)
      .fire("lifetime")
      .send({ type: "checked" });
    expect(tab.state.record.status).toBe("in");
    expect(tab.effect("arm-timer")).toBeUndefined();
  });

  it("what is known of another session says nothing of this one", () => {
    const tab = boundedTab();
    tab.register = { ...tab.register, lifetime: { ...tab.register.lifetime!, sessionId: "S9" } };
    tab.wait(40 * minute).send({ type: "checked" });
    expect(tab.state.record.status).toBe("in");
  });

  it("the server's `no-session` after the limit is told as what it is: the browser has dropped the cookie", () => {
    const reasonAfter = (tab: MachineTab, reason: "no-session" | "revoked"): unknown => {
      tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 }).untilRequest();
      return shown(tab.answer({ kind: "ended", reason }));
    };
    const late = (): MachineTab =>
      boundedTab()
        .wait(minute)
        .send({ type: "acted" })
        .wait(29.5 * minute);
    const over = (reason: string) => ({ status: "unauthenticated", reason });
    expect(reasonAfter(late(), "no-session")).toEqual(over("idle"));
    expect(reasonAfter(late(), "revoked")).toEqual(over("revoked"));
    expect(reasonAfter(boundedTab(), "no-session")).toEqual(over("no-session"));
  });

  it.each([
    [60 * minute, 15 * minute],
    [minute, minute],
    [0, 30 * minute],
  ])(
    "`idleWarning` of %i ms warns so long ahead, and never before half of the limit is over",
    (idleWarningMs, ahead) => {
      const tab = boundedTab({ idleWarningMs });
      const firstLook = Math.min(30 * minute - ahead || Infinity, 28 * minute);
      expect(tab.effects).toContainEqual({ type: "arm-timer", name: "lifetime", delayMs: firstLook });
      tab.wait(30 * minute - 1).fire("lifetime");
      expect(shown(tab)).toEqual(
        idleWarningMs === 0 ? null : { reason: "idle", at: wallStart + 30 * minute },
      );
    },
  );
});

describe("R-089: the absolute end", () => {
  it("is known ahead, warned of, and kept, however active the user is", () => {
    const tab = boundedTab({}, { absoluteMs: 20 * minute });
    expect(tab.effects).toContainEqual({ type: "arm-timer", name: "lifetime", delayMs: 15 * minute });
    tab.wait(15 * minute).send({ type: "acted" });
    expect(shown(tab)).toEqual({ reason: "expired", at: wallStart + 20 * minute });
    expect(told(tab)).toEqual(["expiry-warning"]);
    tab.wait(5 * minute).send({ type: "acted" });
    expect(shown(tab)).toEqual({ status: "unauthenticated", reason: "expired" });
  });

  it("is what is told of two ends in the same moment: nothing moves it", () => {
    const tab = boundedTab({}, { absoluteMs: 30 * minute })
      .wait(30 * minute)
      .fire("lifetime");
    expect(shown(tab)).toEqual({ status: "unauthenticated", reason: "expired" });
  });

  it("no rotation moves it: a refresh that is told of less leaves it where it was", () => {
    const tab = boundedTab({}, { absoluteMs: 20 * minute }).wait(10 * minute);
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 }).untilRequest();
    tab.grant(fresh(3, { lifetimeMs: 1_000 * minute, bounds: { ...bounds, absoluteMs: 10 * minute } }));
    expect(tab.register.lifetime?.endsAtWall).toBe(wallStart + 20 * minute);
  });
});

describe("an extension", () => {
  function asking(minutes = 120): MachineTab {
    return boundedTab().send({ type: "extension-wanted", minutes });
  }

  it("is asked for with the one refresh that all share, and moves the end for all tabs", () => {
    const tab = asking().untilRequest();
    expect(tab.effect("send-refresh")).toMatchObject({ extension: 120 });
    tab.grant(fresh(3, { bounds: { ...bounds, idleMs: 120 * minute } }));
    expect(tab.effects).toContainEqual({ type: "settle-extension", minutes: 120, granted: true });
    expect(tab.register.lifetime?.idleAtWall).toBe(wallStart + 120 * minute);
    expect(tab.state.extension).toBeNull();
  });

  it("that nobody asked for is not told of", () => {
    expect(boundedTab().did).not.toContain("settle-extension");
  });

  it("is asked for although a sibling has just refreshed", () => {
    const tab = asking();
    tab.rotate(3);
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).toContain("read-peers");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] }).untilRequest();
    expect(tab.effect("send-refresh")).toMatchObject({ extension: 120 });
  });

  it("that is declined ends and pauses nothing", () => {
    const tab = asking().untilRequest();
    tab.answer({ kind: "declined" });
    expect(tab.effects).toContainEqual({ type: "settle-extension", minutes: 120, granted: false });
    expect(tab.state).toMatchObject({ extension: null, problem: null, record: { status: "in" } });
    expect(tab.phase).toBe("scheduled");
    expect(tab.register.hold).toMatchObject({ ttlMs: 0 });
  });

  it("that was asked for twice is asked for once, the longer one", () => {
    const tab = asking(30).send({ type: "extension-wanted", minutes: 240 });
    tab.send({ type: "extension-wanted", minutes: 60 }).untilRequest();
    expect(tab.effect("send-refresh")).toMatchObject({ extension: 240 });
  });

  it("that was asked for while a shorter one was on its way is asked for next", () => {
    const tab = asking(30).untilRequest().send({ type: "extension-wanted", minutes: 60 });
    tab.grant(fresh(3, { bounds })).untilRequest();
    expect(tab.effect("send-refresh")).toMatchObject({ extension: 60 });
  });

  it.each(["network", "rate-limited"] as const)(
    "that fails (%s) is given up: nobody asks for it later unasked",
    (code) => {
      const tab = asking().untilRequest();
      tab.answer({ kind: "failed", failure: { code } });
      expect(tab.did).toContain("fail-waiters");
      expect(tab.state.extension).toBeNull();
      tab.send({ type: "extension-wanted", minutes: 5 });
      expect(tab.did).toEqual(["fail-waiters"]);
      expect(tab.state.extension).toBeNull();
    },
  );

  it("goes with the session", () => {
    const tab = asking().send({ type: "sign-out-wanted", scope: "this" });
    expect(tab.state.extension).toBeNull();
    expect(tab.send({ type: "extension-wanted", minutes: 5 }).state.extension).toBeNull();
  });
});
