import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../src/machine/outcome.js";
import type { Hold } from "../../src/machine/register.js";
import { fresh, MachineTab, signedInRegister, signedInTab, wallStart } from "./support.js";

const codes: readonly FailureCode[] = [
  "network",
  "timeout",
  "rate-limited",
  "unavailable",
  "bad-answer",
  "conflict",
  "refused",
];

/** A tab whose scheduled refresh is out. */
function refreshing(): MachineTab {
  return signedInTab().wait(256_000).fire("due").untilRequest();
}

describe("L4: nothing but the backend's definitive answer ends a session", () => {
  it.each(codes)("%s keeps it, with the token still valid and with the token expired", (code) => {
    const tab = refreshing().answer({ kind: "failed", failure: { code } });
    expect(tab.state.who.status).toBe("authenticated");
    expect(tab.state.problem).toBe(code);
    expect(tab.state.grant).not.toBeNull();
    tab.wait(300_000).fire("cool").untilRequest().answer({ kind: "failed", failure: { code } });
    expect(tab.state.who.status).toBe("authenticated");
  });

  it.each(codes)(
    "scenario 20: %s at page load leaves it loading, says so, and recovers by itself",
    (code) => {
      const tab = new MachineTab(signedInRegister()).start().untilRequest();
      tab.answer({ kind: "failed", failure: { code } });
      expect(tab.state.who.status).toBe("loading");
      expect(tab.state.problem).toBe(code);
      tab.wait(120_000).fire("cool").untilRequest();
      expect(tab.inspected.filter(({ type }) => type === "refresh-sent")).toEqual([
        { type: "refresh-sent", retry: false },
        { type: "refresh-sent", retry: true },
      ]);
      tab.grant(fresh(2));
      expect(tab.state.who.status).toBe("authenticated");
      expect(tab.state.problem).toBeNull();
    },
  );

  it("the definitive answer ends it in one turn, for all tabs", () => {
    const tab = refreshing().answer({ kind: "ended", reason: "expired" });
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "expired" });
    expect(tab.register).toMatchObject({
      record: { status: "out", reason: "expired", pending: null },
      hold: null,
    });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "changed", epoch: 2 });
    expect(tab.phase).toBe("idle");
  });

  it("scenario 23: a refusal on the losing side of a race is looked into once more, with the newer credential", () => {
    const tab = refreshing().rotate(3).answer({ kind: "ended", reason: "reuse-detected" });
    expect(tab.state.who.status).toBe("authenticated");
    expect(tab.phase).toBe("rereading");
    tab.untilRequest().answer({ kind: "ended", reason: "revoked" });
    expect(tab.state.who.status).toBe("unauthenticated");
  });

  it("a version cookie that vanishes makes us ask the server before anything is handed out", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, mark: null };
    tab.send({ type: "checked" });
    expect(tab.state).toMatchObject({ doubted: true, who: { status: "authenticated" } });
    // Nor is it back where no cookie can be read.
    tab.register = { ...tab.register, mark: "unreadable" };
    tab.send({ type: "checked" });
    expect(tab.state).toMatchObject({ doubted: true });
    tab.register = { ...tab.register, mark: null };
    expect(tab.untilRequest().phase).toBe("requesting");
    tab.grant(fresh(3));
    expect(tab.state.doubted).toBe(false);
  });

  it("L10: a hidden tab waits with that until it is seen, or somebody asks", () => {
    const tab = signedInTab().send({ type: "hidden" });
    tab.register = { ...tab.register, mark: null };
    expect(tab.send({ type: "checked" }).phase).toBe("parked");
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(tab.phase).toBe("locking");
  });

  it("a version cookie that comes back ends the doubt; one that was never there raises none", () => {
    const tab = signedInTab();
    const { mark } = tab.register;
    tab.register = { ...tab.register, mark: null };
    tab.send({ type: "checked" });
    tab.register = { ...tab.register, mark };
    expect(tab.send({ type: "checked" }).state.doubted).toBe(false);
    const bare = new MachineTab({ ...signedInRegister(), mark: null }).start().untilRequest();
    bare.answer({ kind: "granted", fresh: fresh(2) }).send({ type: "checked" });
    expect(bare.phase).toBe("scheduled");
  });
});

describe("L10: one back-off for all tabs", () => {
  it("doubles with each failure, up to the cap, with jitter", () => {
    const delays = [];
    const tab = new MachineTab(signedInRegister()).start();
    for (let n = 0; n < 9; n += 1) {
      tab.untilRequest().answer({ kind: "failed", failure: { code: "network" } });
      delays.push(tab.register.hold?.ttlMs);
      tab.wait(60_000).fire("cool");
    }
    expect(delays).toEqual([750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000, 45_000]);
  });

  it("the same logical refresh keeps its nonce over all tries", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    const first = tab.effect("send-refresh")?.attempt;
    tab
      .answer({ kind: "failed", failure: { code: "network" } })
      .wait(60_000)
      .fire("cool")
      .untilRequest();
    expect(tab.effect("send-refresh")?.attempt).toBe(first);
  });

  it("scenario 17: `Retry-After` is honoured, plus jitter, and believed up to a day", () => {
    const tab = refreshing().answer({
      kind: "failed",
      failure: { code: "rate-limited", retryAfterMs: 120_000 },
    });
    // The die shows a half: half of the widest jitter, which is the cap of the back-off.
    expect(tab.register.hold?.ttlMs).toBe(150_000);
    expect(tab.effect("fail-waiters")?.failure).toMatchObject({
      code: "rate-limited",
      retryAfterMs: 150_000,
    });
    const far = refreshing().answer({ kind: "failed", failure: { code: "unavailable", retryAfterMs: 1e12 } });
    expect(far.register.hold?.ttlMs).toBe(86_430_000);
  });

  it("scenario 17: another tab that gets the lock during the pause sends nothing and tells its callers until when", () => {
    const tab = signedInTab().wait(299_000);
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    const hold = { kind: "cooldown", attempt: "b-1", base: null, failures: 3, code: "rate-limited" } as const;
    tab.register = { ...tab.register, hold: { ...hold, startedAtWall: tab.wall, ttlMs: 30_000 } };
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("fail-waiters")?.failure).toEqual({ code: "rate-limited", retryAfterMs: 30_000 });
    expect(tab.did).toContain("release-lock");
    tab.wait(10_000).send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(tab.effect("fail-waiters")?.failure).toEqual({ code: "rate-limited", retryAfterMs: 20_000 });
    expect(tab.did).not.toContain("request-lock");
    expect(tab.send({ type: "checked" }).did).not.toContain("fail-waiters");
  });

  it("a pause of unknown cause is a pause", () => {
    const tab = new MachineTab(signedInRegister()).start();
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
    const hold = { kind: "cooldown", attempt: "b-1", base: null, failures: 3, code: null } as const;
    tab.register = { ...tab.register, hold: { ...hold, startedAtWall: tab.wall, ttlMs: 30_000 } };
    expect(tab.send({ type: "lock-granted", ticket: tab.ticket }).state.problem).toBe("unavailable");
  });

  it("a timed-out request keeps everybody waiting until its claim has run out (L2)", () => {
    const tab = refreshing().wait(20_000).fire("request");
    expect(tab.register.hold).toMatchObject({ kind: "cooldown", ttlMs: 8_000 + 750 });
  });

  it("a timed-out request whose claim somebody cleared away is an ordinary failure", () => {
    const tab = refreshing();
    tab.register = { ...tab.register, hold: null, lifetime: null };
    tab.wait(20_000).fire("request");
    expect(tab.register.hold?.ttlMs).toBe(750);
  });

  it("L2: a time-out long after a thief refreshed leaves the nonce of that refresh where it is", () => {
    const tab = refreshing().send({ type: "lock-stolen", ticket: 0 });
    tab.rotate(3);
    const ofThief = {
      ...tab.register.hold,
      attempt: "tab-b-7",
      base: { sessionId: "S1", revision: 2 },
      ttlMs: 0,
    };
    tab.register = { ...tab.register, hold: ofThief as Hold };
    tab.wait(20_000).fire("request");
    expect(tab.phase).toBe("cooling");
    expect(tab.register.hold).toEqual(ofThief);
  });

  it("L10: a time-out after a thief's try has failed as well is a pause for all", () => {
    const tab = refreshing().send({ type: "lock-stolen", ticket: 0 });
    tab.register = {
      ...tab.register,
      hold: { ...(tab.register.hold as Hold), attempt: "tab-b-7", ttlMs: 0 },
    };
    tab.wait(20_000).fire("request");
    expect(tab.register.hold).toMatchObject({ kind: "cooldown", code: "timeout" });
  });

  it("a refusal of the way we ask is not hammered", () => {
    const tab = refreshing().answer({ kind: "failed", failure: { code: "refused", status: 403 } });
    expect(tab.register.hold?.ttlMs).toBe(60_750);
  });

  it("L10, scenario 17: the end of a maintenance that all are told of is not the moment in which all come", () => {
    const pauses = [0, 0.5, 0.999].map((roll) => {
      const tab = refreshing();
      tab.roll = roll;
      const failure = { code: "unavailable", retryAfterMs: 40_000 } as const;
      return tab.answer({ kind: "failed", failure }).register.hold?.ttlMs;
    });
    expect(pauses).toEqual([40_000, 50_000, 59_980]);
  });

  it("a `Retry-After` shorter than what must be waited anyway changes nothing", () => {
    const failure = { code: "refused", retryAfterMs: 10_000 } as const;
    const tab = refreshing().answer({ kind: "failed", failure });
    expect(tab.register.hold?.ttlMs).toBe(60_750);
  });

  it("L10: back online: a pause for the network is cut short, for all tabs alike; one the server asked for is not", () => {
    const network = refreshing().answer({ kind: "failed", failure: { code: "network" } });
    const other = new MachineTab(network.register, {}, "tab-b").start();
    for (const tab of [network, other]) {
      tab.wait(tab === other ? network.at - other.at : 0);
      tab.send({ type: "woke", cause: "online" });
    }
    const left = network.register.hold?.ttlMs ?? Infinity;
    expect(left).toBeLessThan(500);
    expect(network.effect("arm-timer")).toEqual({ type: "arm-timer", name: "cool", delayMs: left });
    expect(network.wait(left).fire("cool").phase).toBe("locking");
    const limited = refreshing().answer({
      kind: "failed",
      failure: { code: "rate-limited", retryAfterMs: 90_000 },
    });
    limited.send({ type: "woke", cause: "online" });
    expect(limited.register.hold?.ttlMs).toBe(112_500);
    expect(limited.phase).toBe("cooling");
  });

  it("a token that arrives during the pause ends it", () => {
    const tab = refreshing()
      .answer({ kind: "failed", failure: { code: "network" } })
      .rotate(3);
    const { lifetimeMs, identity, token } = fresh(3);
    const sent = {
      epoch: 1,
      sessionId: "S1",
      ageMs: 0,
      sentAtWall: wallStart + 256_000,
      user: null,
      authTime: null,
      acr: null,
      expiresAt: null,
    };
    const message = {
      v: 1,
      from: "tab-b",
      kind: "token",
      revision: 3,
      lifetimeMs,
      identity,
      token,
      ...sent,
    } as const;
    tab.send({ type: "message-received", message });
    expect(tab.phase).toBe("scheduled");
    expect(tab.state.problem).toBeNull();
  });
});
