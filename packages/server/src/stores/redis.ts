import { ServerConfigError } from "../config-error.js";
import type { RecordedEndReason, SessionRecord } from "../session-record.js";
import { readDocument, writeDocument } from "./record-document.js";
import type { RedisClient } from "./redis-client.js";
import { createRedisNews } from "./redis-news.js";
import { createScriptRunner } from "./redis-runner.js";
import {
  closeRecords,
  deleteRecords,
  listRecords,
  putRecord,
  readRecords,
  UNREADABLE,
  type RedisScript,
} from "./redis-scripts.js";
import type { SessionStore } from "./session-store.js";
import { readableOf, tryToRead, UnreadableRecordError } from "./unreadable-record.js";

export type {
  RedisClient,
  RedisCommandSettings,
  RedisScriptInput,
  RedisScripting,
  RedisSubscriber,
  RedisSubscriberSettings,
} from "./redis-client.js";

const DEFAULT_PREFIX = "{lockstep}:";

/** Records that are deleted in one step: about two milliseconds in which Redis does nothing else. */
const DELETION_BATCH = 200;

/** Where the Redis store keeps its records. */
export interface RedisStoreOptions {
  /** A connected client of `redis`, 5.1 or later. It stays yours: close it after the store. */
  readonly client: RedisClient;
  /** What all keys, and the channel for news, begin with. Default: `{lockstep}:`. In a cluster it needs the braces. */
  readonly prefix?: string;
}

/**
 * Keeps sessions in Redis or Valkey, for any number of processes and machines.
 *
 * Each write is one script, which Redis runs as one step; news of it is published in the same step. Watching opens one more
 * connection, a duplicate of yours, which finds out within seven seconds that it is dead. A command that is not answered within 3 s
 * rejects, and is taken back if it was not sent yet. One that was sent may have happened although its answer was lost, which is
 * safe: the client repeats its attempt, and the same attempt gets the same successor.
 *
 * What only you can set up:
 * - The client. It needs a listener for `error`, without which Node ends the process. A connection that dies without a word is
 *   noticed by the operating system after a quarter of an hour; give the client `pingInterval` and `socket.socketTimeout`, and it takes
 *   seconds, if nothing but the store writes to it. With them it needs a `socket.reconnectStrategy`: by default a client that timed
 *   out does not connect again.
 * - Durability. `appendonly yes`: Redis promises to keep what it acknowledged only with `appendfsync always`; `everysec` can lose a
 *   second. `maxmemory-policy noeviction`: with any other policy Redis signs people out to make room.
 * - Replicas. They follow some time after a write was acknowledged, so a failover can lose the last ones. A lost rotation
 *   leaves a client with a token ahead of its record, which is refused, and the user signs in again; a lost end leaves a session that
 *   lives on until it ends otherwise. `min-replicas-to-write` and `min-replicas-max-lag` bound what can be lost, at the price of 503s
 *   while replicas are missing.
 * - A cluster. The braces in the prefix put all sessions on one node, as one step may touch all of a user's: it gives you
 *   failover, not room.
 *
 * Keys have no time to live, since the server's clock decides: `deleteExpired` deletes, in steps of 200.
 *
 * @throws ServerConfigError `invalid_option` for a client or a prefix that cannot be used
 * @example
 * ```ts
 * import { createRedisStore } from "@lockstep/server/redis";
 * import { createClient } from "redis";
 *
 * const client = createClient({
 *   url: "redis://localhost:6379",
 *   pingInterval: 2000,
 *   socket: { socketTimeout: 5000, reconnectStrategy: (retries) => Math.min(2000, 50 * 2 ** retries) },
 * });
 * client.on("error", (error) => console.error("Redis:", error.message));
 * await client.connect();
 *
 * const store = createRedisStore({ client });
 * ```
 */
export function createRedisStore({ client, prefix = DEFAULT_PREFIX }: RedisStoreOptions): SessionStore {
  assertClient(client);
  if (typeof prefix !== "string" || prefix === "") {
    throw new ServerConfigError(
      "invalid_option",
      "prefix",
      "must be a text",
      `pass { prefix: "{app}:" }, or nothing`,
    );
  }
  const recordStem = `${prefix}session:`;
  const userStem = `${prefix}user:`;
  const deadlines = `${prefix}deadlines`;
  const channel = `${prefix}news`;
  const news = createRedisNews(client, channel);
  const runScript = createScriptRunner(client);
  let closed = false;

  function assertOpen(): void {
    if (closed) throw new Error("The session store is closed.");
  }

  async function run(
    script: RedisScript,
    keys: readonly string[],
    ...values: ReadonlyArray<string | number>
  ): Promise<unknown> {
    assertOpen();
    return runScript(script, keys, values);
  }

  async function put(id: string, expected: number | null, record: SessionRecord): Promise<boolean> {
    const { userId, createdAt, absoluteExpiresAt, revision, staleGeneration, end } = record;
    const done = await run(
      putRecord,
      [recordStem + id, userStem + userId, deadlines],
      ...[channel, expected ?? "", id, userId, createdAt, absoluteExpiresAt, revision, staleGeneration],
      ...[end?.reason ?? "", end?.at ?? "", writeDocument(record)],
    );
    return Number(done) === 1;
  }

  async function readAll(ids: readonly string[]): Promise<unknown[]> {
    const keys = ids.map((id) => recordStem + id);
    return (await run(readRecords, keys)) as unknown[];
  }

  return {
    async insert(record) {
      if (!(await put(record.id, null, record))) throw new Error("A session with this id exists.");
    },

    async read(id) {
      const [members] = await readAll([id]);
      return toRecord(members);
    },

    async readMany(ids) {
      return ids.length === 0 ? [] : (await readAll(ids)).map((members) => tryToRead(members, toRecord));
    },

    compareAndSet: put,

    async listByUser(userId) {
      const records = (await run(listRecords, [userStem + userId, recordStem])) as unknown[];
      return readableOf(records, toRecord);
    },

    async revokeByUser(userId, { reason, at, exceptSessionId = "" }) {
      const keys = [userStem + userId, recordStem];
      return ((await run(closeRecords, keys, channel, exceptSessionId, reason, at)) as unknown[]).map(String);
    },

    async deleteExpired(before) {
      let deleted = 0;
      for (;;) {
        const batch = Number(
          await run(deleteRecords, [deadlines, recordStem, userStem], before, DELETION_BATCH),
        );
        deleted += batch;
        if (batch < DELETION_BATCH) return deleted;
      }
    },

    async watch(listener) {
      assertOpen();
      return news.add(listener);
    },

    async close() {
      closed = true;
      await news.stop();
    },
  };
}

/** What the plain JavaScript of a user may get wrong: a URL, options, a client of another library. */
function assertClient(client: Partial<RedisClient> | undefined): void {
  const methods = ["eval", "evalSha", "withCommandOptions", "duplicate"] as const;
  if (methods.every((method) => typeof client?.[method] === "function")) return;
  throw new ServerConfigError(
    "invalid_option",
    "client",
    "must be a client of the package redis, 5.1 or later",
    "pass { client: await createClient({ url }).connect() }",
  );
}

/**
 * @param members of a record, or the word that there is something else
 * @throws UnreadableRecordError
 */
function toRecord(members: unknown): SessionRecord | null {
  if (members === UNREADABLE) throw new UnreadableRecordError();
  const [revision, staleGeneration, endReason, endAt, document] = members as ReadonlyArray<string | null>;
  if (document == null) return null;
  return {
    ...readDocument(document),
    revision: Number(revision),
    staleGeneration: Number(staleGeneration),
    end: endReason === "" ? null : { reason: endReason as RecordedEndReason, at: Number(endAt) },
  };
}
