/** `@lockstep/server` on each of its stores. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { StatementSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore, createSessionServer, generateSigningKey } from "../dist/index.js";
import { createPostgresStore } from "../dist/stores/postgres.js";
import { createRedisStore } from "../dist/stores/redis.js";
import { createSqliteStore } from "../dist/stores/sqlite.js";
import { cookiesOf, ORIGIN } from "./browsers.mjs";

const { version } = createRequire(import.meta.url)("../package.json");

/** The options that all benchmarks share: the defaults, but that one client may refresh as often as it can. */
export async function createServer(store) {
  return createSessionServer({
    store,
    issuer: ORIGIN,
    audience: "https://api.example",
    publicOrigin: ORIGIN,
    signingKeys: [await generateSigningKey()],
    refreshLimits: false,
  });
}

/** Signs a user in; returns the cookies. */
export async function signIn(sessions, userId) {
  const response = await sessions.start(
    new Request(`${ORIGIN}/login`, {
      method: "POST",
      headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" },
    }),
    { userId, user: { name: userId, email: `${userId}@example.com` }, claims: { role: "user" } },
  );
  await response.text();
  if (response.status !== 200) throw new Error(`The sign-in was answered ${response.status}.`);
  return cookiesOf(response.headers.getSetCookie());
}

export async function onMemory() {
  const store = createMemoryStore();
  return contestant("memory", store, { trips: () => 0, unit: "none", close: () => store.close() });
}

export async function onSqlite() {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  const store = createSqliteStore({ path: join(folder, "sessions.db") });
  return contestant("SQLite", store, {
    trips: countStatements(),
    unit: "statements",
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  });
}

export async function onPostgres(database) {
  const { pool, queries } = database.openPool();
  const store = createPostgresStore({ pool });
  return contestant("PostgreSQL", store, {
    trips: queries,
    unit: "queries",
    hotShare: () => database.hotShare("lockstep", "session"),
    async close() {
      await store.close();
      await pool.end();
    },
  });
}

export async function onRedis(database) {
  const client = await database.open();
  const observer = await database.open();
  const store = createRedisStore({ client });
  return contestant("Redis", store, {
    /** The server counts: calls of scripts, not the commands in them. */
    async trips() {
      const statistics = await observer.info("commandstats");
      return [...statistics.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce(
        (sum, [, calls]) => sum + Number(calls),
        0,
      );
    },
    unit: "scripts",
    async close() {
      await store.close();
      await client.close();
      await observer.close();
    },
  });
}

async function contestant(storeName, store, rest) {
  const sessions = await createServer(store);
  return {
    kind: "lockstep",
    library: `@lockstep/server ${version}`,
    storeName,
    handler: sessions.handler,
    signIn: (name) => signIn(sessions, name),
    ...rest,
  };
}

function countStatements() {
  let count = 0;
  for (const method of ["all", "get", "run"]) {
    const original = StatementSync.prototype[method];
    StatementSync.prototype[method] = function counted(...args) {
      count += 1;
      return original.apply(this, args);
    };
  }
  return () => count;
}
