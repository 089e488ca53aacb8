import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  createMemoryStore,
  type SessionStore,
  type StoreListener,
  UnreadableRecordError,
} from "../src/index.js";
import { listen } from "./event-reader.js";
import { type Browser, createWorld, jarWith, ORIGIN, readAnswer, request, type World } from "./world.js";

const ended = (browser: Browser, reason: string) => [
  { event: "ended", id: undefined, data: { session_id: idOf(browser), reason } },
];

function idOf(browser: Browser): string {
  return browser.jar.get("__Host-lockstep-version")?.split(".")[0] ?? "";
}

describe("who opens an event stream", () => {
  test("R-143: is answered with a stream that nobody keeps, transforms or holds back", async () => {
    const world = createWorld();
    const { response, leave } = await listen(world, await world.member());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
    expect(response.headers.getSetCookie()).toEqual([]);
    await leave();
  });

  test("R-140: may come with the access token from another site that is allowed, without any cookie", async () => {
    const site = "https://other.example";
    const world = createWorld({ allowedOrigins: [site] });
    const member = world.browser();
    const { body } = await member.signIn({ userId: "ada" });
    const headers = { origin: site, "sec-fetch-site": "cross-site" };
    const stranger = world.browser();
    const stream = await listen(world, stranger, {
      ...headers,
      authorization: `Bearer ${body.access_token}`,
    });
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get("access-control-allow-origin")).toBe(site);
    await world.server.revokeUser("ada");
    await stream.over();
    expect(stream.events).toEqual(ended(member, "revoked"));
    const preflight = await world.server.handler(
      request("/session/events", { method: "OPTIONS", headers: { origin: site } }),
    );
    expect(preflight.headers.get("access-control-allow-headers")).toContain("last-event-id");
  });

  test("H5: is refused if another site could have caused the request", async () => {
    const world = createWorld();
    const member = await world.member();
    for (const headers of [
      { "lockstep-protocol": null },
      { "lockstep-protocol": null, origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    ])
      expect((await listen(world, member, headers)).response.status).toBe(403);
  });

  test("R-142: gets a 401 that changes no cookie if there is no such session, and the reason if it is over", async () => {
    const world = createWorld();
    const member = await world.member();
    const forged = jarWith(member.token().replace(/.$/, (last) => (last === "A" ? "B" : "A")));
    const unknown = jarWith((await createWorld().member()).token());
    const over = await world.member({ userId: "eve" });
    await world.server.revokeUser("eve");
    for (const [jar, reason] of [
      [new Map<string, string>(), "no-session"],
      [jarWith("nonsense"), "no-session"],
      [forged, "no-session"],
      [unknown, "no-session"],
      [over.jar, "revoked"],
    ] as const) {
      const asked = request("/session/events", { method: "GET", jar, headers: { origin: null } });
      const answer = await readAnswer(await world.server.handler(asked));
      expect(answer).toMatchObject({ status: 401, body: { error: "session_ended", reason }, cookies: [] });
    }
  });

  test("R-140: gets the challenge of RFC 6750 with an access token that is not valid, cookie or not", async () => {
    const world = createWorld();
    const { response } = await listen(world, await world.member(), { authorization: "Bearer x.y.z" });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("invalid_token");
  });

  test("R-088: may present a token that was rotated away, and that is no reuse", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const old = jarWith(member.token());
    await member.refresh();
    await member.refresh();
    const stream = await listen(world, { ...member, jar: new Map(old) });
    expect(stream.response.status).toBe(200);
    expect((await member.refresh()).status).toBe(200);
    expect(world.events.map(({ type }) => type)).not.toContain("reuse-detected");
    await stream.leave();
  });

  test("finds nothing where streams are switched off", async () => {
    const world = createWorld({ eventStreams: false });
    expect((await listen(world, await world.member())).response.status).toBe(404);
  });
});

describe("a browser that listens", () => {
  test.each([
    ["one session is revoked", "revoked", ({ server }: World, id: string) => server.revokeSession(id)],
    ["all sessions are revoked", "revoked", ({ server }: World) => server.revokeUser("ada")],
    [
      "another device signs out all others",
      "signed-out",
      async (world: World) => (await world.member()).signOut("others"),
    ],
    [
      "the password is changed on another device",
      "revoked",
      async (world: World) => {
        const other = await world.member();
        await world.server.credentialsChanged(request("/password", { jar: other.jar }), { userId: "ada" });
      },
    ],
  ])("H6: is told at once when %s, and the stream ends", async (_, reason, act) => {
    const world = createWorld();
    const member = await world.member();
    const stream = await listen(world, member);
    await act(world, idOf(member));
    await stream.over();
    expect(stream.events).toEqual(ended(member, reason));
  });

  test("R-088: is told at once when a stolen token is used again", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const stolen = jarWith(member.token());
    await member.refresh();
    const stream = await listen(world, member);
    await world.browser().refresh({ jar: stolen });
    await stream.over();
    expect(stream.events).toEqual(ended(member, "reuse-detected"));
  });

  test("hears nothing of another user, another session of its own, or a refresh", async () => {
    const world = createWorld();
    const member = await world.member();
    const stream = await listen(world, member);
    await world.server.revokeSession(idOf(await world.member()));
    await world.server.revokeSession(idOf(await world.member({ userId: "eve" })));
    await member.refresh();
    await world.server.revokeSession(idOf(member));
    await stream.over();
    expect(stream.events).toEqual(ended(member, "revoked"));
  });

  test("is told nothing when its own step-up or sign-in replaced the session: the stream ends, and it asks again", async () => {
    const world = createWorld();
    const member = await world.member();
    const stream = await listen(world, member);
    await member.signIn({ userId: "ada" });
    await stream.over();
    expect(stream.events).toEqual([]);
    const next = await listen(world, member);
    expect(next.response.status).toBe(200);
    await next.leave();
  });

  test("R-143: is told that its grants are stale when the user has changed, and a refresh brings the change", async () => {
    const world = createWorld();
    const member = await world.member({ claims: { role: "admin" } });
    await member.refresh();
    const stream = await listen(world, member);
    expect(await world.server.userChanged("ada", { claims: { role: "reader" }, user: { name: "A." } })).toBe(
      1,
    );
    await stream.until(1);
    expect(stream.events).toEqual([
      { event: "stale", id: `${idOf(member)}.2`, data: { session_id: idOf(member), version: 2 } },
    ]);
    const { body } = await member.refresh();
    expect(body).toMatchObject({ session: { version: 3 }, user: { name: "A." } });
    const check = await world.server.verify(
      new Request(ORIGIN, { headers: { authorization: `Bearer ${body.access_token}` } }),
    );
    expect(check).toMatchObject({ ok: true, session: { claims: { role: "reader" } } });
    await stream.leave();
  });

  test("H4: is told after a lost connection what it missed, once, and of its own session only", async () => {
    const world = createWorld();
    const member = await world.member();
    await world.server.userChanged("ada");
    const id = `${idOf(member)}.1`;
    const told = async (lastEventId: string | null): Promise<unknown[]> => {
      const stream = await listen(world, member, { "last-event-id": lastEventId });
      world.server.closeStreams();
      await stream.over();
      return stream.events.map((event) => event.id);
    };
    const fresh = (): void =>
      void Object.assign(world, createWorld({ store: world.store, clock: () => world.clock.now }));
    for (const [lastEventId, events] of [
      [null, [id]],
      [id, []],
      [`${idOf(member)}.0`, [id]],
      [`${"A".repeat(22)}.1`, [id]],
      ["nonsense", [id]],
    ] as const) {
      expect(await told(lastEventId)).toEqual(events);
      fresh();
    }
  });

  test.each([
    ["the next", "2"],
    ["one that never comes", "9".repeat(15)],
    ["what is no number any more", "9".repeat(5000)],
  ])(
    "H4: is told of a change though it claims to have been told of one that was not yet (%s)",
    async (_, generation) => {
      const world = createWorld();
      const member = await world.member();
      const stream = await listen(world, member, { "last-event-id": `${idOf(member)}.${generation}` });
      await world.server.userChanged("ada");
      await stream.until(1);
      expect(stream.events.map(({ id }) => id)).toEqual([`${idOf(member)}.1`]);
      await stream.leave();
    },
  );

  test.each([
    ["the first", false],
    ["not the first", true],
  ])("misses nothing that happens while its stream is being opened, and it is %s", async (_, isOther) => {
    const memory = createMemoryStore();
    let meddle: (() => Promise<unknown>) | undefined;
    const store: SessionStore = {
      ...memory,
      read: async (id) => {
        const record = await memory.read(id);
        const act = meddle;
        meddle = undefined;
        await act?.();
        return record;
      },
    };
    const world = createWorld({ store });
    const member = await world.member();
    if (isOther) await listen(world, await world.member({ userId: "eve" }));
    const record = await memory.read(idOf(member));
    meddle = () =>
      memory.compareAndSet(idOf(member), 1, { ...record!, revision: 2, end: { reason: "revoked", at: 1 } });
    const stream = await listen(world, member);
    await stream.over();
    expect(stream.events).toEqual(ended(member, "revoked"));
    world.server.closeStreams();
  });

  test("keeps its stream for itself: of more than four the oldest ends", async () => {
    const world = createWorld();
    const member = await world.member();
    const streams = [];
    for (let count = 0; count < 5; count += 1) streams.push(await listen(world, member));
    await streams[0]?.over();
    expect(streams.map(({ isOver }) => isOver())).toEqual([true, false, false, false, false]);
    expect(streams[0]?.events).toEqual([]);
    await Promise.all(streams.slice(1).map(({ leave }) => leave()));
  });

  test("R-143: loses its stream to nobody who knows no more than its session's public id", async () => {
    const memory = createMemoryStore();
    const letThrough: Array<() => void> = [];
    let isHeld = false;
    const store: SessionStore = {
      ...memory,
      read: async (id) => {
        if (isHeld) await new Promise<void>((resolve) => letThrough.push(resolve));
        return memory.read(id);
      },
    };
    const world = createWorld({ store });
    const member = await world.member();
    const stream = await listen(world, member);
    const forged = jarWith(member.token().replace(/.$/, (last) => (last === "A" ? "B" : "A")));
    isHeld = true;
    const refused = Array.from({ length: 10 }, () => listen(world, { ...member, jar: new Map(forged) }));
    await vi.waitFor(() => expect(letThrough).toHaveLength(10));
    isHeld = false;
    for (const resolve of letThrough) resolve();
    for (const { response } of await Promise.all(refused)) expect(response.status).toBe(401);
    expect(stream.isOver()).toBe(false);
    await world.server.revokeUser("ada");
    await stream.over();
    expect(stream.events).toEqual(ended(member, "revoked"));
  });
});

describe("a process that holds streams open", () => {
  /** A memory store whose notices can be held back, and whose reads can fail. */
  function createTrouble() {
    const memory = createMemoryStore();
    const listeners = new Set<StoreListener>();
    const trouble = { isDeaf: false, isDown: false, cannotWatch: false, watches: 0, watchers: 0, reads: 0 };
    const store: SessionStore = {
      ...memory,
      read: async (id) => {
        trouble.reads += 1;
        if (trouble.isDown) throw new Error("connection lost");
        return memory.read(id);
      },
      watch: async (listener) => {
        if (trouble.cannotWatch) throw new Error("connection lost");
        trouble.watches += 1;
        trouble.watchers += 1;
        const stop = await memory.watch((notice) => {
          if (!trouble.isDeaf) listener(notice);
        });
        listeners.add(listener);
        return async () => {
          trouble.watchers -= 1;
          listeners.delete(listener);
          await stop();
        };
      },
    };
    return { store, trouble, sayGap: () => listeners.forEach((listener) => listener({ kind: "gap" })) };
  }

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Lets real promises settle between the ticks of both clocks. */
  async function pass(world: World, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      world.pass(1);
      await vi.advanceTimersByTimeAsync(1000);
    }
  }

  test("R-143: sends a heartbeat every 15 seconds", async () => {
    const world = createWorld();
    const stream = await listen(world, await world.member());
    await pass(world, 14);
    expect(stream.comments).toHaveLength(0);
    await pass(world, 31);
    expect(stream.comments).toHaveLength(3);
    await stream.leave();
  });

  test.each([
    ["idle", { idleLifetimeSeconds: 60, accessTokenLifetimeSeconds: 30 }, 60],
    ["expired", { absoluteLifetimeSeconds: 90, idleLifetimeSeconds: 90, accessTokenLifetimeSeconds: 60 }, 90],
  ] as const)(
    "R-143, H8: tells when the session is over by the clock (%s); listening puts nothing off",
    async (reason, options, seconds) => {
      const world = createWorld(options);
      const member = await world.member();
      const stream = await listen(world, member);
      await pass(world, seconds - 1);
      expect(stream.isOver()).toBe(false);
      await pass(world, 2);
      expect(stream.events).toEqual(ended(member, reason));
      expect(stream.isOver()).toBe(true);
    },
  );

  test("R-143: finds out within an access token's lifetime if a notice was lost", async () => {
    const { store, trouble } = createTrouble();
    const world = createWorld({ store, accessTokenLifetimeSeconds: 30 });
    const member = await world.member();
    const stream = await listen(world, member);
    trouble.isDeaf = true;
    await world.server.revokeUser("ada");
    await pass(world, 29);
    expect(stream.isOver()).toBe(false);
    await pass(world, 2);
    expect(stream.events).toEqual(ended(member, "revoked"));
  });

  test("looks at every session that has a stream when the store says that there was a gap", async () => {
    const { store, trouble, sayGap } = createTrouble();
    const world = createWorld({ store });
    const members = await Promise.all(
      Array.from({ length: 50 }, (_, user) => world.member({ userId: `user-${user}` })),
    );
    const streams = await Promise.all(members.map((member) => listen(world, member)));
    trouble.isDeaf = true;
    await world.server.revokeUser("user-7");
    sayGap();
    await pass(world, 1);
    expect(streams.map(({ isOver }) => isOver())).toEqual(members.map((_, user) => user === 7));
    await Promise.all(streams.map(({ leave }) => leave()));
  });

  test("forgets no news because the store could not be read just then", async () => {
    const { store, trouble } = createTrouble();
    const world = createWorld({ store });
    const member = await world.member();
    const stream = await listen(world, member);
    trouble.isDown = true;
    await world.server.revokeUser("ada");
    await pass(world, 20);
    expect(stream.isOver()).toBe(false);
    trouble.isDown = false;
    await pass(world, 6);
    expect(stream.events).toEqual(ended(member, "revoked"));
  });

  test("a record that cannot be made out ends its own stream without a word, and holds nobody up", async () => {
    const memory = createMemoryStore();
    const spoilt = new Set<string>();
    const world = createWorld({
      store: {
        ...memory,
        read: async (id) => {
          if (spoilt.has(id)) throw new UnreadableRecordError();
          return memory.read(id);
        },
      },
    });
    const [member, other] = [await world.member(), await world.member()];
    const streams = [await listen(world, member), await listen(world, other)];
    spoilt.add(idOf(member));
    await world.server.revokeUser("ada");
    // No pause is over by then.
    await vi.advanceTimersByTimeAsync(0);
    expect(streams.map(({ isOver }) => isOver())).toEqual([true, true]);
    expect(streams.map(({ events }) => events)).toEqual([[], ended(other, "revoked")]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("looks again within two seconds after half a second without the store, however many looks failed in it", async () => {
    const { store, trouble, sayGap } = createTrouble();
    const world = createWorld({ store });
    const members = await Promise.all(
      Array.from({ length: 16 }, (_, user) => world.member({ userId: `user-${user}` })),
    );
    const streams = await Promise.all(members.map((member) => listen(world, member)));
    trouble.isDeaf = true;
    await Promise.all(members.map((_, user) => world.server.revokeUser(`user-${user}`)));
    trouble.isDown = true;
    sayGap();
    await vi.advanceTimersByTimeAsync(500);
    trouble.isDown = false;
    await pass(world, 2);
    expect(streams.map(({ isOver }) => isOver())).toEqual(members.map(() => true));
  });

  test("ends the stream of a session that the store has lost, and says nothing: a refresh will tell", async () => {
    const { store, sayGap } = createTrouble();
    const world = createWorld({ store });
    const stream = await listen(world, await world.member());
    await store.deleteExpired(Number.MAX_SAFE_INTEGER);
    sayGap();
    await pass(world, 1);
    expect([stream.isOver(), stream.events]).toEqual([true, []]);
  });

  test("answers 503 if it could not hear of anything, and tries again with the next one", async () => {
    const { store, trouble } = createTrouble();
    const world = createWorld({ store });
    const member = await world.member();
    trouble.cannotWatch = true;
    const { response } = await listen(world, member);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    trouble.cannotWatch = false;
    const stream = await listen(world, member);
    expect(stream.response.status).toBe(200);
    await stream.leave();
  });

  test("watches the store once, however many streams there are, and not without any", async () => {
    const { store, trouble } = createTrouble();
    const world = createWorld({ store });
    const member = await world.member();
    for (const round of [1, 2]) {
      const streams = [await listen(world, member), await listen(world, await world.member())];
      expect(trouble.watchers, `round ${round}`).toBe(1);
      await Promise.all(streams.map(({ leave }) => leave()));
      await vi.advanceTimersByTimeAsync(0);
      expect(trouble.watchers).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  test("opens no connection for news because a stranger asks for a stream", async () => {
    const { store, trouble } = createTrouble();
    const world = createWorld({ store });
    const member = await world.member();
    const forged = jarWith(member.token().replace(/.$/, (last) => (last === "A" ? "B" : "A")));
    const unknown = jarWith((await createWorld().member()).token());
    for (const jar of [forged, unknown]) await listen(world, { ...member, jar: new Map(jar) });
    expect(trouble.watches).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    const stream = await listen(world, member);
    expect(trouble.watches).toBe(1);
    await stream.leave();
  });

  test("ends the stream of a browser that does not read", async () => {
    const world = createWorld({ refreshLimits: false });
    const member = await world.member();
    await world.server.handler(
      request("/session/events", { method: "GET", jar: member.jar, headers: { origin: null } }),
    );
    expect(vi.getTimerCount()).toBe(1);
    for (let change = 0; change < 60; change += 1) {
      await world.server.userChanged("ada");
      await member.refresh();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends all of them when it is told to stop, and opens no more", async () => {
    const world = createWorld({ refreshLimits: false });
    const member = await world.member();
    const stream = await listen(world, member);
    world.server.closeStreams();
    await stream.over();
    expect(stream.events).toEqual([]);
    expect((await listen(world, member)).response.status).toBe(503);
    expect((await member.refresh()).status).toBe(200);
    expect(vi.getTimerCount()).toBe(0);
  });
});
