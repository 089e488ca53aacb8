import { describe, expect, test } from "vitest";

import { createMemoryStore, type SessionStore } from "../src/index.js";
import { createWorld, jarWith, type World } from "./world.js";

describe("rotation races between clients and server", () => {
  test("a refresh replaces the token, counts the version up and hands out a fresh access token", async () => {
    const world = createWorld();
    const member = await world.member();
    const before = member.token();
    const answer = await member.refresh();
    expect(answer.status).toBe(200);
    expect(answer.body.session.version).toBe(2);
    expect(member.token()).not.toBe(before);
    expect(member.jar.get("__Host-lockstep-version")).toBe(`${answer.body.session.id}.2`);
  });

  test("D1: a tab that is closed mid-refresh costs nobody the session: the next tab gets the same successor", async () => {
    const world = createWorld();
    const member = await world.member();
    const dead = await member.refresh({ attempt: "dead-tab", lost: true });
    const next = await member.refresh({ attempt: "next-tab" });
    expect(next.status).toBe(200);
    expect(next.cookies[0]).toBe(dead.cookies[0]);
    expect(next.cookies[1]).toBe(dead.cookies[1]);
  });

  test("D2: the dead tab's cookie that arrives last is the living one, and the third refresh works", async () => {
    const world = createWorld();
    const member = await world.member();
    const late = await member.refresh({ attempt: "dead-tab", lost: true });
    await member.refresh({ attempt: "next-tab" });
    member.receive(late);
    expect((await member.refresh()).status).toBe(200);
  });

  test("D3 L2: a lost answer costs nothing, strict server or not, when the same attempt comes again", async () => {
    for (const graceSeconds of [0, 30]) {
      const world = createWorld({ graceSeconds });
      const member = await world.member();
      const lost = await member.refresh({ attempt: "once", lost: true });
      world.pass(600);
      const retry = await member.refresh({ attempt: "once" });
      expect(retry.status).toBe(200);
      expect(member.token()).toBe(/=([^;]+)/.exec(lost.cookies[0] ?? "")?.[1]);
    }
  });

  test("D4: another attempt with a rotated token after grace is reuse: one family ends, once", async () => {
    const world = createWorld({ graceSeconds: 30 });
    const member = await world.member();
    const old = new Map(member.jar);
    await member.refresh();
    world.pass(30.001);
    const replay = await member.refresh({ jar: old });
    expect(replay.status).toBe(401);
    expect(replay.body).toMatchObject({ error: "session_ended", reason: "reuse-detected" });
    expect((await member.refresh({ jar: old })).body.reason).toBe("reuse-detected");
    expect(world.events.filter((event) => event.type === "reuse-detected")).toHaveLength(1);
  });

  test("D4 R-088: reuse takes the newest token down with it", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const victim = await world.member();
    const stolen = jarWith(victim.token());
    await victim.refresh();
    await world.browser().refresh({ jar: stolen });
    expect((await victim.refresh()).body.reason).toBe("reuse-detected");
  });

  test("D5 R-083: an ancestor that is not the immediate predecessor is reuse, inside grace too", async () => {
    const world = createWorld();
    const member = await world.member();
    const ancestor = jarWith(member.token());
    await member.refresh();
    await member.refresh();
    expect((await world.browser().refresh({ jar: ancestor })).body.reason).toBe("reuse-detected");
    expect((await member.refresh()).status).toBe(401);
  });

  test("D6: thief and victim inside grace share one successor, and the next use that diverges gives the thief away", async () => {
    const world = createWorld();
    const victim = await world.member();
    const thief = world.browser();
    const stolen = jarWith(victim.token());
    await victim.refresh();
    await thief.refresh({ jar: stolen });
    expect(thief.token()).toBe(victim.token());
    await victim.refresh();
    await victim.refresh();
    expect((await thief.refresh()).body.reason).toBe("reuse-detected");
  });

  test("D7: a successor that is used after the victim rotated twice ends the family", async () => {
    const world = createWorld();
    const victim = await world.member();
    await victim.refresh();
    const stolen = jarWith(victim.token());
    await victim.refresh();
    await victim.refresh();
    expect((await world.browser().refresh({ jar: stolen })).body.reason).toBe("reuse-detected");
    expect((await victim.refresh()).status).toBe(401);
  });

  test("D8: 100 parallel refreshes with one token make exactly one rotation and identical successors", async () => {
    const world = createWorld();
    const member = await world.member();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, tab) => member.refresh({ attempt: `tab-${tab}`, lost: true })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.cookies[0])).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.body.session.version))).toEqual(new Set([2]));
    expect(world.events.filter((event) => event.type === "session-refreshed")).toHaveLength(1);
    expect(world.events.filter((event) => event.type === "grace-hit")).toHaveLength(99);
  });

  test("D8: 100 parallel retries of one attempt on a strict server make one rotation too", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => member.refresh({ attempt: "same", lost: true })),
    );
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.cookies[0]}`)).size).toBe(1);
  });

  test.each(["read", "compareAndSet"] as const)(
    "D9 R-081: a store that fails in %s answers 503, keeps the cookies and does not consume the token",
    async (method) => {
      const memory = createMemoryStore();
      let broken = false;
      const store: SessionStore = { ...memory };
      Object.assign(store, {
        [method]: async (...args: never[]) => {
          if (broken) throw new Error("connection lost");
          return (memory[method] as (...rest: never[]) => Promise<unknown>)(...args);
        },
      });
      const world = createWorld({ store, graceSeconds: 0 });
      const member = await world.member();
      broken = true;
      const failed = await member.refresh();
      expect(failed.status).toBe(503);
      expect(failed.body.error).toBe("temporarily_unavailable");
      expect(failed.headers.get("retry-after")).toBe("1");
      expect(failed.cookies).toEqual([]);
      broken = false;
      expect((await member.refresh()).body.session.version).toBe(2);
    },
  );

  test("D9: a store that commits and then fails to say so costs nothing: the same attempt is replayed", async () => {
    const memory = createMemoryStore();
    let severed = false;
    const store: SessionStore = {
      ...memory,
      compareAndSet: async (...args) => {
        const done = await memory.compareAndSet(...args);
        if (severed) throw new Error("connection lost after commit");
        return done;
      },
    };
    const world = createWorld({ store, graceSeconds: 0 });
    const member = await world.member();
    severed = true;
    expect((await member.refresh({ attempt: "a" })).status).toBe(503);
    severed = false;
    expect((await member.refresh({ attempt: "a" })).body.session.version).toBe(2);
  });

  test("D9: a loadUser that fails answers 503 and does not consume the token", async () => {
    let broken = false;
    const world = createWorld({
      graceSeconds: 0,
      loadUser: (userId) => {
        if (broken) throw new Error("directory down");
        return { name: userId };
      },
    });
    const member = await world.member();
    broken = true;
    expect((await member.refresh()).status).toBe(503);
    broken = false;
    expect((await member.refresh()).body).toMatchObject({ user: { name: "ada" }, session: { version: 2 } });
  });

  test("R-085: grace runs from the commit: a slow loadUser does not eat it up", async () => {
    let slow = 0;
    const world: World = createWorld({
      loadUser: () => {
        world.pass(slow);
        return null;
      },
    });
    const member = await world.member();
    const old = new Map(member.jar);
    slow = 20;
    await member.refresh();
    slow = 0;
    world.pass(25);
    expect((await member.refresh({ jar: old })).status).toBe(200);
  });

  test("D9 R-085: a store that hangs is given up on before grace is over", { timeout: 4000 }, async () => {
    const memory = createMemoryStore();
    const world = createWorld({
      store: { ...memory, read: () => new Promise(() => undefined) },
      graceSeconds: 1,
    });
    const member = await world.member();
    const answer = await member.refresh();
    expect(answer.status).toBe(503);
    expect(world.events.at(-2)).toMatchObject({ dependency: "store.read", errorName: "TimeoutError" });
  });

  test.each([
    { elapsed: 28, skew: 2, status: 200 },
    { elapsed: 28.001, skew: 2, status: 401 },
    { elapsed: 0, skew: -2, status: 200 },
    { elapsed: 32, skew: -2, status: 200 },
    { elapsed: 32.001, skew: -2, status: 401 },
  ])(
    "D10: at the edge of grace a node whose clock differs answers the same successor or reuse, never a sibling: %o",
    async ({ elapsed, skew, status }) => {
      const first = createWorld();
      const second = createWorld({ store: first.store });
      const member = await first.member();
      const old = new Map(member.jar);
      await member.refresh();
      second.clock.now = first.clock.now + (elapsed + skew) * 1000;
      const other = second.browser();
      expect((await other.refresh({ jar: old })).status).toBe(status);
      expect(other.token()).toBe(status === 200 ? member.token() : "");
    },
  );

  test("D9: races that never end are given up with 503, on refresh and on sign-out, and end nothing", async () => {
    const memory = createMemoryStore();
    let contended = false;
    const store: SessionStore = {
      ...memory,
      compareAndSet: async (...args) => (contended ? false : memory.compareAndSet(...args)),
    };
    const world = createWorld({ store });
    const member = await world.member();
    contended = true;
    expect((await member.refresh()).status).toBe(503);
    const signOut = await member.signOut();
    expect([signOut.status, signOut.cookies]).toEqual([503, []]);
    contended = false;
    expect((await member.refresh()).body.session.version).toBe(2);
  });

  test("D10: on a strict server a node whose clock is behind grants no grace", async () => {
    const first = createWorld({ graceSeconds: 0 });
    const second = createWorld({ store: first.store, graceSeconds: 0 });
    const member = await first.member();
    const old = new Map(member.jar);
    await member.refresh();
    second.clock.now = first.clock.now - 2000;
    expect((await second.browser().refresh({ jar: old })).body.reason).toBe("reuse-detected");
  });

  test("D12 R-089: a token inside grace whose session reaches its absolute end is expired, not replayed", async () => {
    const world = createWorld({
      absoluteLifetimeSeconds: 100,
      idleLifetimeSeconds: 100,
      accessTokenLifetimeSeconds: 60,
    });
    const member = await world.member();
    const old = new Map(member.jar);
    world.pass(95);
    await member.refresh({ activityAge: 0 });
    world.pass(5);
    expect((await member.refresh({ jar: old })).body.reason).toBe("expired");
  });

  test("D18: a storm of 20 reloads, every answer dropped, signs nobody out", async () => {
    const world = createWorld();
    const member = await world.member();
    for (let reload = 0; reload < 20; reload += 1) {
      world.pass(1);
      expect((await member.refresh({ lost: true })).status).toBe(200);
    }
    expect((await member.refresh()).status).toBe(200);
  });

  test("a token ahead of the store (a restored backup) is refused without ending or clearing anything", async () => {
    const memory = createMemoryStore();
    const world = createWorld({ store: memory });
    const member = await world.member();
    const sessionId = member.token().split(".")[0] ?? "";
    const backup = await memory.read(sessionId);
    await member.refresh();
    const newest = await memory.read(sessionId);
    await memory.compareAndSet(sessionId, newest?.revision ?? 0, backup as NonNullable<typeof backup>);
    const answer = await member.refresh();
    expect(answer.body.reason).toBe("no-session");
    expect(answer.cookies).toEqual([]);
    expect((await memory.read(sessionId))?.end).toBeNull();
  });

  test("a stranger who knows the public session id can neither end nor shorten the session", async () => {
    const world = createWorld();
    const member = await world.member();
    const [id, generation, secret, tag] = member.token().split(".");
    const forgeries = [
      `${id}.${generation}.${"A".repeat(43)}.${tag}`,
      `${id}.1.${secret}.${"A".repeat(22)}`,
      `${id}.2.${secret}.${tag}`,
    ];
    for (const forged of forgeries) {
      const answer = await world.browser().refresh({ jar: jarWith(forged) });
      expect(answer.body.reason).toBe("no-session");
      expect(answer.cookies).toEqual([]);
      expect((await world.browser().signOut("this", jarWith(forged))).status).toBe(204);
      expect((await world.browser().signOut("all", jarWith(forged))).status).toBe(204);
      expect((await world.browser().signOut("others", jarWith(forged))).status).toBe(401);
    }
    expect((await member.refresh()).status).toBe(200);
  });
});
