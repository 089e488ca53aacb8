import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { SessionServerOptions } from "../src/index.js";
import { createWorld, readAnswer, request, type Answer, type World } from "./world.js";

describe("refreshes a minute", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("beyond what a session may have get a 429 that says when, and cost nothing", async () => {
    const world = createWorld({ refreshLimits: { perSession: 3 } });
    const ada = await world.member();
    for (let version = 2; version <= 4; version += 1)
      expect((await ada.refresh()).body.session.version).toBe(version);
    vi.advanceTimersByTime(20_000);
    const refused = await ada.refresh();
    expect(refused).toMatchObject({ status: 429, body: { error: "rate_limited" }, cookies: [] });
    expect(refused.headers.get("retry-after")).toBe("40");
    vi.advanceTimersByTime(40_000);
    expect((await ada.refresh()).body.session.version).toBe(5);
    expect(world.events.some(({ type }) => type === "reuse-detected")).toBe(false);
  });

  test("of one session are not those of another", async () => {
    const world = createWorld({ refreshLimits: { perSession: 1 } });
    const [ada, eve] = [await world.member(), await world.member({ userId: "eve" })];
    await ada.refresh();
    expect((await ada.refresh()).status).toBe(429);
    expect((await eve.refresh()).status).toBe(200);
  });

  test("are not used up by a stranger who knows the public id of a session", async () => {
    const world = createWorld({ refreshLimits: { perSession: 1 } });
    const ada = await world.member();
    const stranger = world.browser();
    stranger.jar.set("__Host-lockstep", `${ada.token().split(".")[0]}.1.${"B".repeat(43)}.${"C".repeat(22)}`);
    for (let count = 0; count < 5; count += 1) await stranger.refresh({ jar: new Map(stranger.jar) });
    expect((await ada.refresh()).status).toBe(200);
  });

  test("from one address are counted where the address is known, whatever is presented", async () => {
    const from = async ({ server }: World, address: string): Promise<number> => {
      const body = JSON.stringify({ attempt: "a" });
      const asked = request("/session/refresh", { body, headers: { "x-test-address": address } });
      return (await server.handler(asked)).status;
    };
    const refreshLimits = { perAddress: 2 };
    const clientAddress = (asked: Request): string | null => asked.headers.get("x-test-address");
    const knowing = createWorld({ refreshLimits, clientAddress });
    const cookie = async (world: World, address: string): Promise<number> => {
      const ada = await world.member();
      const { jar } = ada;
      const body = JSON.stringify({ attempt: "a" });
      const asked = request("/session/refresh", { jar, body, headers: { "x-test-address": address } });
      return (await readAnswer(await world.server.handler(asked))).status;
    };
    expect([await cookie(knowing, "192.0.2.1"), await cookie(knowing, "192.0.2.1")]).toEqual([200, 200]);
    expect(await cookie(knowing, "192.0.2.1")).toBe(429);
    expect(await cookie(knowing, "192.0.2.2")).toBe(200);
    expect(await from(knowing, "192.0.2.3")).toBe(401);
    const unknowing = createWorld({ refreshLimits });
    for (let count = 0; count < 3; count += 1) expect(await cookie(unknowing, "192.0.2.1")).toBe(200);
  });

  test("are limited by default, and not with `false`", async () => {
    const count = async (options: Partial<SessionServerOptions>): Promise<number> => {
      const ada = await createWorld(options).member();
      let answered = 0;
      while (answered < 130 && (await ada.refresh()).status === 200) answered += 1;
      return answered;
    };
    expect(await count({})).toBe(120);
    expect(await count({ refreshLimits: false })).toBe(130);
  });

  test.each([{ perSession: 0 }, { perAddress: 1.5 }, { perMinute: 1 }, 5, null, true])(
    "%o is no limit",
    (refreshLimits) => {
      expect(() => createWorld({ refreshLimits } as never)).toThrow(/perSession|perAddress|refreshLimits/);
    },
  );
});

describe("ASVS 7.1.2: sessions of a user", () => {
  test("beyond the limit end the one that was not used for longest", async () => {
    const world = createWorld({ sessionsPerUser: { most: 2 } });
    const first = await world.member();
    world.pass(1);
    const second = await world.member();
    world.pass(1);
    await first.refresh();
    world.pass(1);
    const third = await world.member();
    expect((await second.refresh()).body).toMatchObject({ error: "session_ended", reason: "revoked" });
    expect((await first.refresh()).status).toBe(200);
    expect((await third.refresh()).status).toBe(200);
    expect(world.events.filter(({ type }) => type === "session-limit-reached")).toHaveLength(1);
  });

  test("beyond the limit are refused where the policy says so", async () => {
    const world = createWorld({ sessionsPerUser: { most: 1, atLimit: "refuse" } });
    const first = await world.member();
    const refused: Answer = await world.browser().signIn({ userId: "ada" });
    expect(refused).toMatchObject({ status: 403, body: { error: "session_limit" }, cookies: [] });
    expect((await first.refresh()).status).toBe(200);
    expect(await world.store.listByUser("ada")).toHaveLength(1);
    await first.signOut();
    expect((await world.browser().signIn({ userId: "ada" })).status).toBe(200);
  });

  test("that end by the sign-in itself, or by the clock, do not count", async () => {
    const world = createWorld({ sessionsPerUser: { most: 1, atLimit: "refuse" } });
    const browser = await world.member();
    expect((await browser.signIn({ userId: "ada" })).status).toBe(200);
    world.pass(1800);
    expect((await world.browser().signIn({ userId: "ada" })).status).toBe(200);
  });

  test("are counted though a forged cookie names one of them", async () => {
    const world = createWorld({ sessionsPerUser: { most: 1, atLimit: "refuse" } });
    const ada = await world.member();
    const forger = world.browser();
    forger.jar.set("__Host-lockstep", `${ada.token().split(".")[0]}.1.${"B".repeat(43)}.${"C".repeat(22)}`);
    expect((await forger.signIn({ userId: "ada" })).status).toBe(403);
    expect((await ada.refresh()).status).toBe(200);
  });

  test("of other users do not count", async () => {
    const world = createWorld({ sessionsPerUser: { most: 1 } });
    const ada = await world.member();
    await world.member({ userId: "eve" });
    expect((await ada.refresh()).status).toBe(200);
  });

  test.each([{ most: 0 }, { most: 10_001 }, { most: 2, atLimit: "wait" }, { more: 1 }, 5, null])(
    "%o is no limit",
    (sessionsPerUser) => {
      expect(() => createWorld({ sessionsPerUser } as never)).toThrow(/most|sessionsPerUser/);
    },
  );
});
