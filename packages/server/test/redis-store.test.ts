import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { createClient, RESP_TYPES, type RedisClientType } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { closeRecord } from "../src/session-record.js";
import { createRedisStore, type RedisClient } from "../src/stores/redis.js";
import { createClients } from "./fixtures/redis-clients.js";
import { describeWith } from "./services/describe-with.js";
import type { TestService } from "./services/guarded-server.js";
import { redisProgram } from "./services/programs.js";
import { startRedis } from "./services/redis.js";
import { describeStore, fullRecord } from "./store-conformance.js";
import { createWorld } from "./world.js";

describeWith(redisProgram, () => {
  let redis: TestService;
  let client: RedisClientType;
  const clients = createClients();
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    client = await clients.open(redis.url);
    await client.flushAll();
  });
  afterEach(clients.close);

  const keyOf = (id: string): string => `{lockstep}:session:${id}`;
  describeStore("redis", () => createRedisStore({ client }), {
    "a document that was cut off": (id) => client.hSet(keyOf(id), "document", '{"familyKey":"secret'),
    "a document that is none": (id) => client.hSet(keyOf(id), "document", "null"),
    "a key of another kind": (id) => client.set(keyOf(id), "secret"),
  });

  describe("with a client that has habits of its own", () => {
    let odd: RedisClient & { destroy(): void };
    beforeEach(async () => {
      odd = await createClient({
        url: redis.url,
        RESP: 2,
        keyPrefix: "prefixed:",
        database: 3,
        disableOfflineQueue: true,
        commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String } },
      })
        .on("error", () => undefined)
        .connect();
    });
    afterEach(() => odd.destroy());
    describeStore("redis", () => createRedisStore({ client: odd }));
  });

  test(
    "leaves nothing behind of sessions that were deleted, however they ended",
    { timeout: 20_000 },
    async () => {
      const store = createRedisStore({ client });
      const ids = Array.from({ length: 450 }, (_, index) => `session-${index}`);
      await Promise.all(
        ids.map((id, index) =>
          store.insert(fullRecord({ id, userId: `user-${index % 3}`, absoluteExpiresAt: index })),
        ),
      );
      await store.compareAndSet(
        ids[0]!,
        1,
        closeRecord(fullRecord({ id: ids[0]!, userId: "user-0" }), "idle", 7),
      );
      await store.revokeByUser("user-1", { reason: "revoked", at: 7 });
      expect(await client.exists("{lockstep}:user:user-1")).toBe(0);
      expect(await client.zCard("{lockstep}:user:user-0")).toBe(149);
      // All but the last, and the first, which got another deadline with its end.
      expect(await store.deleteExpired(449)).toBe(448);
      expect(await client.keys("{lockstep}:user:*")).toEqual(["{lockstep}:user:user-2"]);
      expect(await store.deleteExpired(9001)).toBe(2);
      expect(await client.dbSize()).toBe(0);
    },
  );

  test("keeps apart what has another prefix", async () => {
    const [ours, theirs] = [createRedisStore({ client }), createRedisStore({ client, prefix: "{theirs}:" })];
    await ours.insert(fullRecord());
    expect(await theirs.read(fullRecord().id)).toBeNull();
    expect(await theirs.listByUser("ada")).toEqual([]);
    expect(await theirs.deleteExpired(1e15)).toBe(0);
    expect(await ours.read(fullRecord().id)).toEqual(fullRecord());
  });

  test("asks one question for many, and one for one", async () => {
    const store = createRedisStore({ client });
    await store.read("to have the script known");
    await client.configResetStat();
    expect(await store.readMany?.(Array.from({ length: 250 }, (_, index) => `${index}`))).toHaveLength(250);
    expect(await client.info("commandstats")).toMatch(/cmdstat_evalsha:calls=1,/);
  });

  test("fails for many as for one when it is not the record that is at fault", async () => {
    await client.sendCommand(["ACL", "SETUSER", "restricted", "on", ">word", "~*", "&*", "+@all", "-hmget"]);
    const store = createRedisStore({
      client: await clients.open(redis.url.replace("//", "//restricted:word@")),
    });
    // In the words of Redis, and of Valkey.
    const isForbidden = /can't run this command|no permissions to run/;
    await expect(store.read("anybody")).rejects.toThrow(isForbidden);
    await expect(store.readMany?.(["anybody", "nobody"])).rejects.toThrow(isForbidden);
  });

  test("works on when the server forgets its scripts, and sends them once otherwise", async () => {
    const store = createRedisStore({ client });
    await store.insert(fullRecord());
    await client.scriptFlush();
    await client.configResetStat();
    expect(await store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2, generation: 5 }))).toBe(
      true,
    );
    expect(await store.compareAndSet(fullRecord().id, 2, fullRecord({ revision: 3, generation: 6 }))).toBe(
      true,
    );
    expect(await client.info("commandstats")).toMatch(/cmdstat_eval:calls=1,/);
    expect((await store.read(fullRecord().id))?.revision).toBe(3);
  });

  test("R-081: a write that Redis refuses half-way leaves no session that revocation does not find", async () => {
    const store = createRedisStore({ client });
    await client.set("{lockstep}:deadlines", "somebody else's");
    await expect(store.insert(fullRecord())).rejects.toThrow("WRONGTYPE");
    expect(await store.read(fullRecord().id)).toBeNull();
    expect(await store.listByUser("ada")).toEqual([]);
    expect(await store.revokeByUser("ada", { reason: "revoked", at: 7 })).toEqual([]);
  });

  test("R-090: holds no refresh token in the clear", async () => {
    const store = createRedisStore({ client });
    const member = await createWorld({ store }).member();
    const tokens = [member.token()];
    await member.refresh();
    tokens.push(member.token());
    const [key = ""] = await client.keys("{lockstep}:session:*");
    const dump = JSON.stringify(await client.hGetAll(key));
    expect(dump).toContain("currentHash");
    for (const token of tokens) {
      expect(dump).not.toContain(token);
      expect(dump).not.toContain(token.split(".")[2]);
    }
  });

  test(
    "D8: two processes that race on one record lose no write and make no double",
    { timeout: 30_000 },
    async () => {
      const store = createRedisStore({ client });
      await store.insert(fullRecord({ id: "shared", revision: 0, generation: 0 }));
      expect(await Promise.all(["left", "right"].map((name) => runChild("race", redis.url, name)))).toEqual([
        0, 0,
      ]);
      expect(await store.read("shared")).toMatchObject({ revision: 200, generation: 200 });
    },
  );

  test("keeps no process alive, not even one that forgets to close it", { timeout: 30_000 }, async () => {
    expect(await runChild("forget-to-close", redis.url, "forgetful")).toBe(0);
  });

  test("leaves the client alone when it is closed", async () => {
    const store = createRedisStore({ client });
    await store.watch(() => undefined);
    await store.close();
    expect(await client.ping()).toBe("PONG");
  });
});

async function runChild(mode: string, url: string, name: string): Promise<number | null> {
  const script = fileURLToPath(new URL("fixtures/redis-child.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, mode, url, name], {
    stdio: ["pipe", "ignore", "inherit"],
    timeout: 20_000,
  });
  return new Promise((resolve) => child.on("close", resolve));
}

describe("what a Redis store is made of", () => {
  test.each([
    ["client", { client: "redis://localhost" }],
    ["client", { client: undefined }],
    ["client", { client: { eval: () => undefined } }],
    ["prefix", { client: createClient(), prefix: "" }],
    ["prefix", { client: createClient(), prefix: 7 }],
  ])("refuses a bad %s with a typed error", (option, options) => {
    expect(() => createRedisStore(options as never)).toThrow(
      expect.objectContaining({ name: "ServerConfigError", code: "invalid_option", option }),
    );
  });
});
