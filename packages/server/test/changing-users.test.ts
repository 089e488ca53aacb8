import { describe, expect, test } from "vitest";

import { createMemoryStore, type SessionStore } from "../src/index.js";
import { createWorld, ORIGIN, readAnswer, request, type Browser, type World } from "./world.js";

async function claimsOf(world: World, browser: Browser): Promise<unknown> {
  const { body } = await browser.refresh();
  const check = await world.server.verify(
    new Request(ORIGIN, { headers: { authorization: `Bearer ${body.access_token}` } }),
  );
  return check.ok ? check.session.claims : null;
}

describe("a user who has changed", () => {
  test("is told of in all of their live sessions and in nobody else's", async () => {
    const world = createWorld();
    const [first, second] = [await world.member({ claims: { role: "admin" } }), await world.member()];
    const eve = await world.member({ userId: "eve", claims: { role: "guest" } });
    const left = await world.member();
    await left.signOut();
    expect(await world.server.userChanged("ada", { claims: { role: "reader" } })).toBe(2);
    for (const browser of [first, second]) expect(await claimsOf(world, browser)).toEqual({ role: "reader" });
    expect(await claimsOf(world, eve)).toEqual({ role: "guest" });
    expect((await left.refresh()).status).toBe(401);
  });

  test("keeps what the change leaves out, and the session its deadlines and its token", async () => {
    const world = createWorld();
    const member = await world.member({ claims: { role: "admin" }, user: { name: "Ada" } });
    const [before] = await world.store.listByUser("ada");
    await world.server.userChanged("ada", { user: { name: "Countess" } });
    const [after] = await world.store.listByUser("ada");
    expect(after).toEqual({
      ...before,
      user: { name: "Countess" },
      revision: 2,
      staleGeneration: 1,
    });
    expect(await claimsOf(world, member)).toEqual({ role: "admin" });
  });

  test("needs no more than an id where loadUser tells the rest", async () => {
    let name = "Ada";
    const world = createWorld({ loadUser: () => ({ name }) });
    const member = await world.member();
    name = "Countess";
    expect(await world.server.userChanged("ada")).toBe(1);
    expect((await world.store.listByUser("ada"))[0]?.staleGeneration).toBe(1);
    expect((await member.refresh()).body.user).toEqual({ name: "Countess" });
  });

  test("R-093: a change and a refresh at the same moment both count", async () => {
    const memory = createMemoryStore();
    let refreshFirst: (() => Promise<unknown>) | undefined;
    const store: SessionStore = {
      ...memory,
      listByUser: async (userId) => {
        const records = await memory.listByUser(userId);
        await refreshFirst?.();
        return records;
      },
    };
    const world = createWorld({ store });
    const member = await world.member({ claims: { role: "admin" } });
    refreshFirst = () => member.refresh();
    await world.server.userChanged("ada", { claims: { role: "reader" } });
    refreshFirst = undefined;
    expect((await memory.listByUser("ada"))[0]).toMatchObject({ generation: 2, staleGeneration: 2 });
    expect(await claimsOf(world, member)).toEqual({ role: "reader" });
  });

  test("R-093: a session that ends while its user changes stays ended", async () => {
    const memory = createMemoryStore();
    const store: SessionStore = {
      ...memory,
      listByUser: async (userId) => {
        const records = await memory.listByUser(userId);
        for (const { id } of records) await world.server.revokeSession(id);
        return records;
      },
    };
    const world: World = createWorld({ store });
    const member = await world.member();
    await world.server.userChanged("ada", { claims: { role: "reader" } });
    expect((await member.refresh()).body.reason).toBe("revoked");
  });

  test("R-091: a session that gets a new id while its user changes has the change under that id", async () => {
    const memory = createMemoryStore();
    let renewFirst: (() => Promise<unknown>) | undefined;
    const store: SessionStore = {
      ...memory,
      listByUser: async (userId) => {
        const records = await memory.listByUser(userId);
        const renew = renewFirst;
        renewFirst = undefined;
        await renew?.();
        return records;
      },
    };
    const world = createWorld({ store, stepUp: () => ({}) });
    const member = await world.member({ claims: { role: "admin" } });
    renewFirst = async () => {
      const asked = request("/session/step-up", { jar: member.jar, body: "{}" });
      member.receive(await readAnswer(await world.server.handler(asked)));
    };
    expect(await world.server.userChanged("ada", { claims: { role: "reader" } })).toBe(1);
    expect(await memory.listByUser("ada")).toMatchObject([{ generation: 1, staleGeneration: 1 }]);
    expect(await claimsOf(world, member)).toEqual({ role: "reader" });
  });

  test("R-151: is in the security log", async () => {
    const world = createWorld();
    await world.member();
    await world.server.userChanged("ada");
    expect(world.events.at(-1)).toMatchObject({ type: "user-changed", userId: "ada" });
  });

  test.each([
    ["userId", "", {}],
    ["claims.sub", "ada", { claims: { sub: "eve" } }],
    ["claims", "ada", { claims: [] as never }],
    ["user", "ada", { user: (() => null) as never }],
  ])("is refused with a typed error that names %s, and nothing changes", async (argument, userId, change) => {
    const world = createWorld();
    await world.member();
    await expect(world.server.userChanged(userId, change)).rejects.toMatchObject({
      code: "invalid_argument",
      option: argument,
    });
    expect((await world.store.listByUser("ada"))[0]?.revision).toBe(1);
  });
});
