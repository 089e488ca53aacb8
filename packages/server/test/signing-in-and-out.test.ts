import { describe, expect, test } from "vitest";

import { createMemoryStore } from "../src/index.js";
import { createWorld, jarWith, request } from "./world.js";

describe("signing in", () => {
  test("answers what a refresh answers", async () => {
    const world = createWorld();
    const user = { name: "Ada", roles: ["admin"] };
    const { status, body } = await world
      .browser()
      .signIn({ userId: "ada", user, acr: "urn:mfa", authTime: 1_700_000_000 });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: "Bearer",
      expires_in: 300,
      session: {
        id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
        version: 1,
        auth_time: 1_700_000_000,
        acr: "urn:mfa",
        idle_expires_in: 1800,
        idle_timeout: 1800,
        expires_in: 43_200,
        expires_at: world.clock.now / 1000 + 43_200,
      },
      user,
    });
  });

  test("F9 R-091: always makes a new session; an id that the client brings is not adopted", async () => {
    const world = createWorld();
    const planted = `${"A".repeat(22)}.1.${"B".repeat(43)}.${"C".repeat(22)}`;
    const browser = world.browser();
    browser.jar.set("__Host-lockstep", planted);
    const { body } = await browser.signIn({ userId: "ada" });
    expect(body.session.id).not.toBe("A".repeat(22));
    expect(await world.store.read("A".repeat(22))).toBeNull();
  });

  test("F9 R-091: ends the session that the browser had, and its tokens with it", async () => {
    const world = createWorld();
    const browser = await world.member({ userId: "ada" });
    const before = new Map(browser.jar);
    await browser.signIn({ userId: "eve" });
    expect((await world.browser().refresh({ jar: before })).body.reason).toBe("signed-out");
    expect((await browser.refresh()).status).toBe(200);
    expect(await world.store.listByUser("ada")).toEqual([]);
  });

  test("does not end the session of a forged cookie", async () => {
    const world = createWorld();
    const victim = await world.member();
    const id = victim.token().split(".")[0];
    const stranger = world.browser();
    stranger.jar.set("__Host-lockstep", `${id}.1.${"B".repeat(43)}.${"C".repeat(22)}`);
    await stranger.signIn({ userId: "eve" });
    expect((await victim.refresh()).status).toBe(200);
  });

  test("a store that fails leaves the browser with the session that it has", async () => {
    const memory = createMemoryStore();
    let broken = false;
    const insert: typeof memory.insert = async (record) => {
      if (broken) throw new Error("disk full");
      return memory.insert(record);
    };
    const world = createWorld({ store: { ...memory, insert } });
    const member = await world.member();
    broken = true;
    const failed = await member.signIn({ userId: "eve" });
    expect(failed.status).toBe(503);
    expect(failed.cookies).toEqual([]);
    expect((await member.refresh()).status).toBe(200);
  });

  test.each([
    [{ userId: "" }, "userId"],
    [{ userId: 7 as unknown as string }, "userId"],
    [{ userId: "x".repeat(256) }, "userId"],
    [{ userId: "a", claims: { sub: "eve" } }, "claims.sub"],
    [{ userId: "a", claims: { exp: 1 } }, "claims.exp"],
    [{ userId: "a", claims: [] as never }, "claims"],
    [{ userId: "a", acr: "" }, "acr"],
    [{ userId: "a", amr: "pwd" as never }, "amr"],
    [{ userId: "a", authTime: Number.NaN }, "authTime"],
    [{ userId: "a", user: (() => 1) as never }, "user"],
    [{ userId: "a", user: 1n as never }, "user"],
  ])("a call that cannot be right throws to its author: %o", async (signIn, option) => {
    const world = createWorld();
    await expect(world.server.start(request("/login"), signIn)).rejects.toMatchObject({
      name: "ServerConfigError",
      code: "invalid_argument",
      option,
    });
  });

  test("what the application changes in its user object afterwards does not reach the session", async () => {
    const world = createWorld();
    const user = { name: "Ada" };
    const member = await world.member({ user });
    user.name = "Eve";
    expect((await member.refresh()).body.user).toEqual({ name: "Ada" });
  });

  test("deletes sessions an hour after their absolute end", async () => {
    const world = createWorld();
    const old = await world.member();
    const id = old.token().split(".")[0] ?? "";
    world.pass(43_200 + 3500);
    await world.member();
    expect(await world.store.read(id)).not.toBeNull();
    world.pass(101);
    await world.member();
    expect(await world.store.read(id)).toBeNull();
  });
});

describe("signing out", () => {
  test("R-070 R-071: ends the session and is idempotent", async () => {
    const world = createWorld();
    const member = await world.member();
    const token = jarWith(member.token());
    expect((await member.signOut()).status).toBe(204);
    expect(member.jar.size).toBe(0);
    expect((await member.signOut()).status).toBe(204);
    expect((await member.signOut("this", token)).status).toBe(204);
    expect((await world.browser().refresh({ jar: token })).body.reason).toBe("signed-out");
  });

  test("L3 R-093: an old token of the family ends it too, and the newest is worth nothing after", async () => {
    const world = createWorld();
    const member = await world.member();
    const first = jarWith(member.token());
    await member.refresh();
    await member.refresh();
    expect((await world.browser().signOut("this", first)).status).toBe(204);
    expect((await member.refresh()).body.reason).toBe("signed-out");
  });

  test("everywhere: ends every session of the user, and nobody else's", async () => {
    const world = createWorld();
    const [phone, laptop, stranger] = [
      await world.member(),
      await world.member(),
      await world.member({ userId: "eve" }),
    ];
    const phoneToken = jarWith(phone.token());
    const answer = await phone.signOut("all");
    expect(answer.status).toBe(204);
    expect(phone.jar.size).toBe(0);
    expect((await laptop.refresh()).body.reason).toBe("signed-out");
    expect((await stranger.refresh()).status).toBe(200);
    expect((await phone.signOut("all", phoneToken)).status).toBe(204);
  });

  test("others: spares this session and leaves its cookies alone", async () => {
    const world = createWorld();
    const [phone, laptop] = [await world.member(), await world.member()];
    const answer = await phone.signOut("others");
    expect(answer.status).toBe(204);
    expect(answer.cookies).toEqual([]);
    expect((await phone.refresh()).status).toBe(200);
    expect((await laptop.refresh()).body.reason).toBe("signed-out");
  });

  test.each(["others", "all"])(
    "%s: the predecessor of the current token will do, grace or not",
    async (scope) => {
      const world = createWorld({ graceSeconds: 0 });
      const [phone, laptop] = [await world.member(), await world.member()];
      const predecessor = jarWith(phone.token());
      await phone.refresh();
      world.pass(600);
      expect((await world.browser().signOut(scope, predecessor)).status).toBe(204);
      expect((await laptop.refresh()).body.reason).toBe("signed-out");
    },
  );

  test("L2: others: an older token ends nothing: a request that was overtaken is to be sent again", async () => {
    const world = createWorld();
    const [phone, laptop] = [await world.member(), await world.member()];
    const overtaken = jarWith(phone.token());
    await phone.refresh();
    await phone.refresh();
    const answer = await world.browser().signOut("others", overtaken);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ error: "conflict" });
    expect(answer.cookies).toEqual([]);
    expect(world.events.find(({ type }) => type === "token-refused")).toMatchObject({ why: "outdated" });
    expect((await laptop.refresh()).status).toBe(200);
    expect((await phone.refresh()).status).toBe(200);
  });

  test("L3: all: an older token ends its own session, and has no power over the others", async () => {
    const world = createWorld();
    const [phone, laptop] = [await world.member(), await world.member()];
    const overtaken = jarWith(phone.token());
    await phone.refresh();
    await phone.refresh();
    const answer = await world.browser().signOut("all", overtaken);
    expect(answer.body).toMatchObject({ error: "session_ended", reason: "revoked" });
    expect((await phone.refresh()).body.reason).toBe("signed-out");
    expect((await laptop.refresh()).status).toBe(200);
  });

  test.each(["others", "all"])(
    "%s: a session that was revoked or idled out has no power over other sessions",
    async (scope) => {
      const world = createWorld();
      const phone = await world.member();
      world.pass(1800);
      const laptop = await world.member();
      expect((await phone.signOut(scope)).body.reason).toBe("idle");
      expect((await laptop.refresh()).status).toBe(200);
    },
  );

  test("others: without a session there is nothing to speak for", async () => {
    const world = createWorld();
    const stranger = world.browser();
    expect((await stranger.signOut("others")).body.reason).toBe("no-session");
    expect((await stranger.signOut("all")).status).toBe(204);
    const gone = jarWith(`${"A".repeat(22)}.1.${"B".repeat(43)}.${"C".repeat(22)}`);
    expect((await stranger.signOut("others", gone)).cookies).toHaveLength(2);
  });
});

describe("revocation by the application", () => {
  test("R-092: revokeUser ends all sessions of a user but one, and says how many", async () => {
    const world = createWorld();
    const [kept, ended] = [await world.member(), await world.member()];
    const except = kept.token().split(".")[0] ?? "";
    expect(await world.server.revokeUser("ada", { except })).toBe(1);
    expect((await kept.refresh()).status).toBe(200);
    const answer = await ended.refresh();
    expect(answer.body.reason).toBe("revoked");
    expect(ended.jar.size).toBe(0);
  });

  test("revokeSession ends one session, once", async () => {
    const world = createWorld();
    const member = await world.member();
    const id = member.token().split(".")[0] ?? "";
    expect(await world.server.revokeSession(id, { reason: "signed-out" })).toBe(true);
    expect(await world.server.revokeSession(id)).toBe(false);
    expect(await world.server.revokeSession("nobody")).toBe(false);
    expect((await member.refresh()).body.reason).toBe("signed-out");
  });

  test("a call without an id throws instead of revoking nobody", async () => {
    const { server } = createWorld();
    await expect(server.revokeUser(undefined as never)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(server.revokeSession("")).rejects.toMatchObject({ code: "invalid_argument" });
  });

  test("a store that fails rejects, so that nobody believes that users were signed out", async () => {
    const world = createWorld({
      store: { ...createMemoryStore(), revokeByUser: () => Promise.reject(new Error("down")) },
    });
    await expect(world.server.revokeUser("ada")).rejects.toMatchObject({ code: "temporarily_unavailable" });
  });
});
