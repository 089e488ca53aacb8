/**
 * The database servers that the benchmarks run on: started for the run, on this machine, and gone with it.
 *
 * They keep what they acknowledge, as they have to in production: PostgreSQL with `fsync`, Redis with `appendfsync always`.
 */
import "./sources.mjs";
import pg from "pg";
import { createClient } from "redis";

const { startPostgres } = await import("../test/services/postgres.ts");
const { startRedis } = await import("../test/services/redis.ts");

/** Connections of each pool, as many as `pg` has by default: the contestants get one each, of the same size. */
export const POOL_SIZE = 10;

export async function startDurablePostgres() {
  const service = await startPostgres({ durable: true });
  return {
    url: service.url,
    openPool: () => openPool(service.url),
    version: async () => (await ask(service.url, "SHOW server_version"))[0].server_version.split(" ")[0],
    /** The share of updates of a table that touched no index (HOT): PostgreSQL clears those up in passing. */
    async hotShare(schema, table) {
      const [{ updates, hot }] = await ask(
        service.url,
        `SELECT n_tup_upd::float AS updates, n_tup_hot_upd::float AS hot FROM pg_stat_user_tables
         WHERE schemaname = '${schema}' AND relname = '${table}'`,
      );
      return hot / updates;
    },
    stop: () => service.stop(),
  };
}

export async function startDurableRedis() {
  const service = await startRedis({ persistent: true });
  return {
    open: () => createClient({ url: service.url }).connect(),
    async version() {
      const client = await createClient({ url: service.url }).connect();
      const [, version] = /redis_version:(\S+)/.exec(await client.info("server")) ?? [];
      await client.close();
      return version;
    },
    stop: () => service.stop(),
  };
}

/** A pool, and how many queries were sent on its connections. Each is one round trip. */
export function openPool(url) {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  let queries = 0;
  pool.on("connect", (client) => {
    const query = client.query.bind(client);
    client.query = (...args) => {
      queries += 1;
      return query(...args);
    };
  });
  pool.on("error", () => undefined);
  return { pool, queries: () => queries };
}

async function ask(url, text) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
