import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterEach, expect, test, vi } from "vitest";

import { createRedisStore } from "../src/stores/redis.js";
import { putRecord } from "../src/stores/redis-scripts.js";
import type { StoreNotice } from "../src/stores/session-store.js";
import { createClients } from "./fixtures/redis-clients.js";
import { layWire } from "./fixtures/redis-wire.js";
import { describeWith } from "./services/describe-with.js";
import type { TestService } from "./services/guarded-server.js";
import { redisProgram } from "./services/programs.js";
import { startRedis, type RedisOptions } from "./services/redis.js";
import { fullRecord } from "./store-conformance.js";
import { createWorld, type World } from "./world.js";

describeWith(redisProgram, () => {
  const clients = createClients();
  const cleanups: Array<() => Promise<void>> = [];
  afterEach(async () => {
    clients.close();
    for (const cleanUp of cleanups.splice(0)) await cleanUp();
  });

  async function start(options?: RedisOptions): Promise<TestService> {
    const redis = await startRedis(options);
    cleanups.push(redis.stop);
    return redis;
  }

  /** A strict server: no second chance but for the same attempt. */
  async function enter(url: string) {
    const client = await clients.open(url);
    const store = createRedisStore({ client });
    cleanups.push(store.close);
    const heard: StoreNotice[] = [];
    await store.watch((notice) => void heard.push(notice));
    return { client, store, heard, world: createWorld({ store, graceSeconds: 0 }) };
  }

  /** Makes a server the replica of another, at once. */
  async function follow(replica: TestService, primary: TestService): Promise<void> {
    await (await clients.open(primary.url)).configSet("repl-diskless-sync-delay", "0");
    await (await clients.open(replica.url)).sendCommand(["REPLICAOF", "127.0.0.1", String(primary.port)]);
  }

  const kinds = (world: World): string[] => world.events.map((event) => event.type);

  test(
    "D9: a restart with its append-only file costs nobody the session, and watchers hear again",
    { timeout: 30_000 },
    async () => {
      const redis = await start({ persistent: true });
      const { client, heard, store, world } = await enter(redis.url);
      const member = await world.member();
      const { id } = (await member.refresh()).body.session;
      await redis.kill();
      await vi.waitFor(() => expect(client.isReady).toBe(false));
      expect((await member.refresh({ attempt: "during" })).status).toBe(503);
      await redis.restart();
      await vi.waitFor(() => expect(heard).toContainEqual({ kind: "gap" }), 10_000);
      await vi.waitFor(() => expect(client.isReady).toBe(true), 5000);
      expect((await member.refresh({ attempt: "during" })).body.session.version).toBe(3);
      expect(kinds(world)).not.toContain("reuse-detected");
      await world.server.revokeUser("ada");
      await vi.waitFor(() => expect(heard).toContainEqual({ kind: "news", sessionId: id }), 5000);
      expect((await store.read(id))?.end?.reason).toBe("revoked");
    },
  );

  test(
    "D9: survives kill -9 in the middle of its work with every acknowledged session intact",
    { timeout: 60_000 },
    async () => {
      const redis = await start({ persistent: true });
      for (const round of ["first", "second", "third"]) {
        const child = startWriter(redis.url, round);
        await vi.waitFor(() => expect(child.acknowledged().length).toBeGreaterThan(40), 20_000);
        await redis.kill();
        await child.exited;
        await redis.restart();
        const store = createRedisStore({ client: await clients.open(redis.url) });
        for (const id of child.acknowledged()) expect(await store.read(id), id).not.toBeNull();
        clients.close();
      }
    },
  );

  test.each(["before", "after"] as const)(
    "R-081: a connection that is cut %s a rotation is written costs nobody the session",
    async (when) => {
      const redis = await start();
      const wire = await layWire(redis.port);
      cleanups.push(wire.close);
      const { world } = await enter(wire.url);
      const member = await world.member();
      // So that the server knows the script, which is called by its hash from then on.
      await member.refresh();
      wire.cut(when, await putRecord.sha1);
      expect((await member.refresh({ attempt: "cut" })).status).toBe(503);
      expect((await member.refresh({ attempt: "cut" })).body.session.version).toBe(3);
      expect(kinds(world).includes("grace-hit")).toBe(when === "after");
      expect((await member.refresh()).body.session.version).toBe(4);
      expect(kinds(world)).not.toContain("reuse-detected");
    },
  );

  test("R-092: an end whose answer was lost is an end, and is told", async () => {
    const redis = await start();
    const wire = await layWire(redis.port);
    cleanups.push(wire.close);
    const { world } = await enter(wire.url);
    const { heard } = await enter(redis.url);
    const member = await world.member();
    await member.refresh();
    wire.cut("after", await putRecord.sha1);
    expect((await member.signOut()).status).toBe(503);
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    expect((await member.refresh()).body.reason).toBe("signed-out");
  });

  test("an emptied server ends every session, breaks nothing, and takes new ones", async () => {
    const redis = await start();
    const { client, world } = await enter(redis.url);
    const member = await world.member();
    await client.flushAll();
    expect(await member.refresh()).toMatchObject({ status: 401, body: { reason: "no-session" } });
    await member.signIn({ userId: "ada" });
    expect((await member.refresh()).status).toBe(200);
  });

  test(
    "a restart without persistence ends every session, and watchers find that out",
    { timeout: 30_000 },
    async () => {
      const redis = await start();
      const { client, heard, store, world } = await enter(redis.url);
      const member = await world.member();
      const { id } = (await member.refresh()).body.session;
      expect(await store.read(id)).not.toBeNull();
      await redis.restart();
      await vi.waitFor(() => expect(heard).toContainEqual({ kind: "gap" }), 10_000);
      await vi.waitFor(() => expect(client.isReady).toBe(true), 5000);
      expect(await store.read(id)).toBeNull();
      expect(await member.refresh()).toMatchObject({ status: 401, body: { reason: "no-session" } });
      await member.signIn({ userId: "ada" });
      expect((await member.refresh()).status).toBe(200);
    },
  );

  test.each([
    ["is a replica", ["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"], "READONLY"],
    [
      "misses its replicas",
      ["CONFIG", "SET", "min-replicas-to-write", "1"],
      ["CONFIG", "SET", "min-replicas-to-write", "0"],
      "NOREPLICAS",
    ],
  ])(
    "R-081: a server that %s refuses writes whole, and nobody loses anything",
    async (_, begin, end, complaint) => {
      const redis = await start();
      const { client, store, world } = await enter(redis.url);
      const member = await world.member();
      const { id } = (await member.refresh()).body.session;
      const before = await store.read(id);
      await client.sendCommand(begin);
      await expect(store.insert(fullRecord())).rejects.toThrow(complaint);
      await expect(store.revokeByUser("ada", { reason: "revoked", at: 7 })).rejects.toThrow(complaint);
      await expect(store.deleteExpired(Number.MAX_SAFE_INTEGER)).rejects.toThrow(complaint);
      expect((await member.refresh({ attempt: "refused" })).status).toBe(503);
      expect((await member.signOut()).status).toBe(503);
      expect(await store.read(id)).toEqual(before);
      expect(await store.listByUser("ada")).toEqual([before]);
      await client.sendCommand(end);
      expect((await member.refresh({ attempt: "refused" })).body.session.version).toBe(3);
      expect(kinds(world)).not.toContain("reuse-detected");
    },
  );

  test("a full server refuses what would fill it, but takes every end", async () => {
    const redis = await start();
    const { client, heard, store, world } = await enter(redis.url);
    const [member, other] = [await world.member(), await world.member({ userId: "eve" })];
    const { id } = (await member.refresh()).body.session;
    const before = await store.read(id);
    await client.configSet("maxmemory", "1");
    await expect(store.insert(fullRecord())).rejects.toThrow("OOM");
    expect((await member.refresh({ attempt: "refused" })).status).toBe(503);
    expect(await store.read(id)).toEqual(before);
    expect((await member.signOut()).status).toBe(204);
    expect(await world.server.revokeUser("eve")).toBe(1);
    expect((await other.refresh()).body.reason).toBe("revoked");
    await vi.waitFor(() => expect(heard).toHaveLength(2), 5000);
    expect(await store.deleteExpired(Number.MAX_SAFE_INTEGER)).toBe(2);
    expect(await client.dbSize()).toBe(0);
  });

  test(
    "a server that is still loading its data rejects, and is no empty one",
    { timeout: 30_000 },
    async () => {
      const [primary, replica] = await Promise.all([start(), start()]);
      const source = createRedisStore({ client: await clients.open(primary.url) });
      await Promise.all(
        Array.from({ length: 300 }, (_, index) => source.insert(fullRecord({ id: `${index}` }))),
      );
      const client = await clients.open(replica.url);
      const store = createRedisStore({ client });
      await client.configSet("key-load-delay", "10000");
      await client.configSet("loading-process-events-interval-bytes", "1024");
      await follow(replica, primary);
      await vi.waitFor(() => expect(store.read("1")).rejects.toThrow("LOADING"), {
        timeout: 10_000,
        interval: 20,
      });
      await client.configSet("key-load-delay", "0");
      await vi.waitFor(async () => expect(await store.read("1")).not.toBeNull(), 10_000);
    },
  );

  test(
    "R-081: a rotation that a failover lost is no reuse: its token is refused, and the session stands",
    { timeout: 30_000 },
    async () => {
      const [primary, replica] = await Promise.all([start(), start()]);
      const before = await enter(primary.url);
      const after = await enter(replica.url);
      await follow(replica, primary);
      const [rotated, ended] = [await before.world.member(), await before.world.member({ userId: "eve" })];
      await vi.waitFor(async () => {
        expect(await before.client.sendCommand(["WAIT", "1", "1000"])).toBe(1);
        expect(await after.store.listByUser("eve")).toHaveLength(1);
      }, 15_000);
      await after.client.sendCommand(["REPLICAOF", "NO", "ONE"]);
      await rotated.refresh();
      await before.world.server.revokeUser("eve");

      const stale = after.world.browser();
      expect((await stale.refresh({ jar: rotated.jar })).body.reason).toBe("no-session");
      expect(kinds(after.world)).toEqual(["token-refused"]);
      expect(await after.store.listByUser("ada")).toHaveLength(1);
      // What only the operator can prevent, as the documentation says.
      expect((await stale.refresh({ jar: ended.jar })).status).toBe(200);
    },
  );

  test(
    "a command that cannot be sent rejects within seconds, and is never written later",
    { timeout: 30_000 },
    async () => {
      const redis = await start({ persistent: true });
      // One that would keep it for a minute.
      const client = await clients.open(redis.url, { commandOptions: { timeout: 60_000 } });
      const store = createRedisStore({ client });
      await redis.kill();
      await vi.waitFor(() => expect(client.isReady).toBe(false));
      const askedAt = performance.now();
      await expect(store.insert(fullRecord())).rejects.toThrow();
      expect(performance.now() - askedAt).toBeLessThan(4000);
      await redis.restart();
      await vi.waitFor(() => expect(client.isReady).toBe(true), 10_000);
      expect(await store.read(fullRecord().id)).toBeNull();
    },
  );

  test(
    "a busy connection that dies without a word rejects in bounded time, and another takes its place",
    { timeout: 40_000 },
    async () => {
      const redis = await start();
      const wire = await layWire(redis.port);
      cleanups.push(wire.close);
      const { world } = await enter(wire.url);
      const member = await world.member();
      await member.refresh();
      wire.hold();
      const heldAt = performance.now();
      const load = setInterval(() => void member.refresh({ attempt: "held", lost: true }), 300);
      cleanups.push(async () => clearInterval(load));
      expect((await member.refresh({ attempt: "held" })).status).toBe(503);
      expect(performance.now() - heldAt).toBeLessThan(5000);
      await vi.waitFor(async () => expect((await member.refresh({ attempt: "held" })).status).toBe(200), {
        timeout: 20_000,
        interval: 300,
      });
      expect(performance.now() - heldAt).toBeLessThan(15_000);
      expect(kinds(world)).not.toContain("reuse-detected");
    },
  );
});

/** A process that adds sessions until it cannot. */
function startWriter(url: string, name: string) {
  const script = fileURLToPath(new URL("fixtures/redis-child.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, "insert-until-refused", url, name], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  return {
    acknowledged: () => output.split("\n").slice(0, -1),
    exited: new Promise((resolve) => child.on("close", resolve)),
  };
}
