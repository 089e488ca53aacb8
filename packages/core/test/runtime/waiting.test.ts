import { describe, expect, it, vi } from "vitest";
import { createWaitingRoom } from "../../src/runtime/waiters.js";
import { createFakeBrowser, createManualClock, settle, watch } from "@lockstep/testing";

function open() {
  const time = createManualClock();
  const timers = time.timers();
  return { time, timers, room: createWaitingRoom("a token", timers) };
}

describe("L7: whoever waits is served, or turned away in time", () => {
  it("at once, if there is something", async () => {
    const { room, timers } = open();
    expect(await room.wait(() => "token", { limitMs: 1_000, signal: null })).toBe("token");
    expect([room.size, timers.armed()]).toEqual([0, []]);
  });

  it("as soon as there is something", async () => {
    const { room, timers } = open();
    const hand: { token?: string } = {};
    const waiting = room.wait(() => hand.token, { limitMs: 1_000, signal: null });
    room.tryAll();
    hand.token = "token";
    room.tryAll();
    expect(await waiting).toBe("token");
    expect([room.size, timers.armed()]).toEqual([0, []]);
  });

  it("with `timeout` when the bound is over, each by its own", async () => {
    const { room, time } = open();
    const [short, long] = [
      watch(room.wait(() => undefined, { limitMs: 1_000, signal: null })),
      watch(room.wait(() => undefined, { limitMs: 2_000, signal: null })),
    ];
    await time.advance(1_500);
    expect(short.outcome).toMatchObject({ status: "rejected", error: { code: "timeout" } });
    expect(long.outcome.status).toBe("pending");
    await time.advance(1_000);
    expect(long.outcome).toMatchObject({ error: { code: "timeout" } });
    expect(room.size).toBe(0);
  });

  it("with what looking threw", async () => {
    const { room, timers } = open();
    const error = new Error("signed out");
    const refuse = (): never => {
      throw error;
    };
    await expect(room.wait(refuse, { limitMs: 1_000, signal: null })).rejects.toBe(error);
    expect([room.size, timers.armed()]).toEqual([0, []]);
  });

  it("failAll serves whom it can, and turns the others away", async () => {
    const { room, timers } = open();
    const hand: { token?: string } = {};
    const served = room.wait(() => hand.token, { limitMs: 1_000, signal: null });
    const refused = watch(room.wait(() => undefined, { limitMs: 1_000, signal: null }));
    hand.token = "token";
    room.failAll(() => new Error("offline"));
    expect(await served).toBe("token");
    await settle();
    expect(refused.outcome).toMatchObject({ error: { message: "offline" } });
    expect([room.size, timers.armed()]).toEqual([0, []]);
  });
});

describe("Scenario 7: a caller that gives up", () => {
  it.each(["text", new Error("left the page"), undefined, null, 0])(
    "gets its own reason, whatever that is: %s",
    async (reason) => {
      const { room, timers } = open();
      const abort = new AbortController();
      const waiting = watch(room.wait(() => undefined, { limitMs: 1_000, signal: abort.signal }));
      abort.abort(reason);
      await settle();
      expect(waiting.outcome).toEqual({ status: "rejected", error: abort.signal.reason as unknown });
      expect([room.size, timers.armed()]).toEqual([0, []]);
    },
  );

  it("that gave up before gets its reason without waiting, and is not asked for", async () => {
    const { room, timers } = open();
    const attempt = vi.fn<() => string>(() => "token");
    const reason = new Error("enough");
    await expect(room.wait(attempt, { limitMs: 1_000, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(attempt).not.toHaveBeenCalled();
    expect(timers.armed()).toEqual([]);
  });

  it("takes nobody along", async () => {
    const { room } = open();
    const abort = new AbortController();
    const hand: { token?: string } = {};
    const [leaving, staying] = [
      watch(room.wait(() => hand.token, { limitMs: 1_000, signal: abort.signal })),
      room.wait(() => hand.token, { limitMs: 1_000, signal: null }),
    ];
    abort.abort();
    hand.token = "token";
    room.tryAll();
    expect(await staying).toBe("token");
    expect(leaving.outcome.status).toBe("rejected");
  });

  it("leaves no listener on a signal that lives as long as the page", async () => {
    const { room } = open();
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    await room.wait(() => "token", { limitMs: 1_000, signal });
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });
});

describe("L7: too many callers", () => {
  it("beyond ten thousand are told so at once, and those before them are served", async () => {
    const { room } = open();
    const hand: { token?: string } = {};
    const waiting = Array.from({ length: 10_000 }, async () =>
      room.wait(() => hand.token, { limitMs: 1_000, signal: null }),
    );
    await expect(room.wait(() => hand.token, { limitMs: 1_000, signal: null })).rejects.toMatchObject({
      code: "overloaded",
    });
    hand.token = "token";
    room.tryAll();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["token"]));
    expect(await room.wait(() => hand.token, { limitMs: 1_000, signal: null })).toBe("token");
  });
});

describe("L7: every promise of a session settles, whatever the server does", () => {
  it.each(["token", "refresh", "ready"] as const)(
    "%s, while the server says nothing at all",
    async (name) => {
      const browser = createFakeBrowser();
      await browser.signedInTab();
      const { runtime } = browser.openTab({ policy: { shareToken: false } });
      browser.server.trouble = "silence";
      const call = {
        token: () => runtime.token(undefined),
        refresh: () => runtime.refresh(),
        ready: () => runtime.ready(),
      }[name];
      const promise = watch<unknown>(call());
      await browser.time.advance(60_000);
      expect(promise.outcome).toMatchObject({
        status: "rejected",
        error: { name: "SessionError", code: "timeout" },
      });
    },
  );

  it("signOut, while the server says nothing at all: signed out, and not known to be revoked", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    browser.server.trouble = "silence";
    const promise = watch(runtime.signOut("this"));
    expect(runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "signed-out" });
    await browser.time.advance(60_000);
    expect(promise.outcome).toEqual({ status: "resolved", value: { revoked: false } });
  });

  it("signIn, whose login call never ends", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const promise = watch(runtime.signIn(async () => new Promise(() => undefined)));
    await browser.time.advance(125_000);
    expect(promise.outcome).toMatchObject({ status: "rejected", error: { code: "timeout" } });
  });

  it.each([Number.NaN, Infinity, -Infinity, -1, 1e300])(
    "getAccessToken with minValidity %d gets a token, and costs one refresh at most",
    async (minValidity) => {
      const browser = createFakeBrowser();
      const { runtime } = await browser.signedInTab();
      for (let count = 0; count < 3; count += 1) {
        const promise = watch(runtime.token(minValidity));
        await browser.time.advance(1_000);
        expect(promise.outcome.status).toBe("resolved");
      }
      expect(browser.server.refreshes.length).toBeLessThanOrEqual(1);
    },
  );

  it("Scenario 9: another minValidity is not coalesced with a call that asks for less", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    await browser.time.advance(200_000);
    const [modest, demanding] = [watch(runtime.token(undefined)), watch(runtime.token(120_000))];
    await browser.time.advance(1_000);
    expect(modest.outcome).toMatchObject({ value: { revision: 1 } });
    expect(demanding.outcome).toMatchObject({ value: { revision: 2 } });
    expect(browser.server.refreshes).toHaveLength(1);
  });
});
