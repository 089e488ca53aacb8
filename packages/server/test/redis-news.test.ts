import type { RedisClientType } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { closeRecord } from "../src/session-record.js";
import { createRedisStore } from "../src/stores/redis.js";
import type { SessionStore, StoreNotice } from "../src/stores/session-store.js";
import { createClients } from "./fixtures/redis-clients.js";
import { layWire, type Wire } from "./fixtures/redis-wire.js";
import { describeWith } from "./services/describe-with.js";
import type { TestService } from "./services/guarded-server.js";
import { redisProgram } from "./services/programs.js";
import { startRedis } from "./services/redis.js";
import { fullRecord } from "./store-conformance.js";

describeWith(redisProgram, () => {
  let redis: TestService;
  let wire: Wire;
  let client: RedisClientType;
  let store: SessionStore;
  let heard: StoreNotice[];
  const clients = createClients();
  const listen = (notice: StoreNotice): void => void heard.push(notice);
  const news = (sessionId: string): StoreNotice => ({ kind: "news", sessionId });
  const gap: StoreNotice = { kind: "gap" };
  const hears = (notice: StoreNotice, limitMs = 5000): Promise<unknown> =>
    vi.waitFor(() => expect(heard).toContainEqual(notice), limitMs);

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    heard = [];
    wire = await layWire(redis.port);
    // It would not notice by itself that it is dead. It goes another way than the connection that listens.
    client = await clients.open(redis.url, {});
    await client.flushAll();
    store = createRedisStore({ client: divert(client, wire.url) });
  });
  afterEach(async () => {
    await store.close();
    clients.close();
    await wire.close();
  });

  /** Adds a session and ends it. */
  async function end(id: string): Promise<void> {
    await store.insert(fullRecord({ id }));
    await store.compareAndSet(id, 1, closeRecord(fullRecord({ id }), "revoked", 7));
  }

  test("R-143: tells another process's watchers within a second, over one connection for all of them", async () => {
    const others = Array.from({ length: 50 }, () => store.watch(listen));
    await Promise.all(others);
    expect(wire.count()).toBe(1);
    const elsewhere = createRedisStore({ client: await clients.open(redis.url) });
    await elsewhere.insert(fullRecord({ id: "ended" }));
    const writtenAt = performance.now();
    await elsewhere.compareAndSet("ended", 1, closeRecord(fullRecord({ id: "ended" }), "revoked", 7));
    await vi.waitFor(() => expect(heard).toHaveLength(50), { timeout: 5000, interval: 5 });
    expect(performance.now() - writtenAt).toBeLessThan(1000);
  });

  test("publishes nothing for sign-ins and rotations", async () => {
    await store.watch(listen);
    await client.configResetStat();
    await store.insert(fullRecord());
    await store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2, generation: 5 }));
    expect(await client.info("commandstats")).not.toContain("cmdstat_publish");
    await end("ended");
    expect(await client.info("commandstats")).toMatch(/cmdstat_publish:calls=1,/);
    await hears(news("ended"));
    expect(heard).toEqual([news("ended")]);
  });

  test("says gap when it hears again after its connection was cut, and goes on", async () => {
    await store.watch(listen);
    for (const round of ["first", "second", "third"]) {
      heard = [];
      expect(await client.clientKill({ filter: "TYPE", type: "pubsub" })).toBe(1);
      await hears(gap);
      await end(round);
      await hears(news(round));
    }
  });

  test("says gap after each restart of the server, however long it took", { timeout: 30_000 }, async () => {
    await store.watch(listen);
    await redis.kill();
    await vi.waitFor(() => expect(client.isReady).toBe(false));
    await redis.restart();
    await hears(gap, 10_000);
    await vi.waitFor(() => expect(client.isReady).toBe(true), 5000);
    await end("after");
    await hears(news("after"));
  });

  test(
    "notices within seconds that its connection is dead, although nobody said so",
    { timeout: 30_000 },
    async () => {
      await store.watch(listen);
      wire.hold();
      const heldAt = performance.now();
      await end("missed");
      await hears(gap, 15_000);
      expect(performance.now() - heldAt).toBeLessThan(10_000);
      expect(heard).toEqual([gap]);
      await end("after");
      await hears(news("after"));
    },
  );

  test("keeps its connection when nothing happens for long", { timeout: 30_000 }, async () => {
    await store.watch(listen);
    await client.configResetStat();
    // A ping every two seconds: this is longer than the longest silence.
    await vi.waitFor(
      async () => expect(await client.info("commandstats")).toMatch(/cmdstat_ping:calls=[3-9]/),
      {
        timeout: 20_000,
        interval: 100,
      },
    );
    expect(heard).toEqual([]);
    await end("after");
    await hears(news("after"));
  });

  test("rejects a watch when nothing can be heard, and the next one works", async () => {
    await wire.close();
    await expect(store.watch(listen)).rejects.toThrow("ECONNREFUSED");
    store = createRedisStore({ client });
    await store.watch(listen);
    await end("after");
    await hears(news("after"));
  });

  test("rejects a watch whose connection is cut before it listens, and the next one works", async () => {
    wire.cut("before", "{lockstep}:news");
    await expect(store.watch(listen)).rejects.toThrow();
    await store.watch(listen);
    await end("after");
    await hears(news("after"));
    expect(heard).toEqual([news("after")]);
  });

  test("holds no connection when nobody watches any more, and opens another for the next", async () => {
    const stops = [await store.watch(listen), await store.watch(listen)];
    for (const stop of stops) await stop();
    await vi.waitFor(() => expect(wire.count()).toBe(0));
    await store.watch(listen);
    await end("after");
    await hears(news("after"));
  });

  test("closes while it connects, and leaves no connection behind", async () => {
    const watching = store.watch(listen);
    await store.close();
    await expect(watching).rejects.toThrow("closed");
    await vi.waitFor(() => expect(wire.count()).toBe(0));
  });
});

/** The client, but what it duplicates goes to another address. */
function divert(client: RedisClientType, url: string): RedisClientType {
  return new Proxy(client, {
    get(target, name) {
      if (name !== "duplicate") return Reflect.get(target, name, target) as unknown;
      const { port } = new URL(url);
      return (settings: Parameters<RedisClientType["duplicate"]>[0]) => {
        const socket = { ...settings?.socket, port: Number(port) };
        return client.duplicate({ ...settings, url: undefined, socket } as never);
      };
    },
  });
}
