/** Where sessions are kept: the one thing that the processes share. Each store loads its driver only when it is chosen. */
import type { SessionStore } from "@lockstep/server";
import { readSetting } from "./settings.ts";

/** A store, and the way to let go of it and of its connections. */
export interface OpenStore {
  readonly store: SessionStore;
  close(): Promise<void>;
}

async function openSqlite(): Promise<OpenStore> {
  const { createSqliteStore } = await import("@lockstep/server/sqlite");
  const store = createSqliteStore({ path: readSetting("SQLITE_PATH") });
  return { store, close: () => store.close() };
}

async function openPostgres(): Promise<OpenStore> {
  const { createPostgresStore } = await import("@lockstep/server/postgres");
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString: readSetting("DATABASE_URL") });
  const store = createPostgresStore({ pool });
  return { store, close: async () => store.close().then(() => pool.end()) };
}

async function openRedis(): Promise<OpenStore> {
  const { createRedisStore } = await import("@lockstep/server/redis");
  const { createClient } = await import("redis");
  const client = createClient({
    url: readSetting("REDIS_URL"),
    pingInterval: 2000,
    socket: { socketTimeout: 5000, reconnectStrategy: (retries) => Math.min(2000, 50 * 2 ** retries) },
  });
  client.on("error", (error: Error) => console.error("Redis:", error.message));
  await client.connect();
  const store = createRedisStore({ client });
  return { store, close: async () => store.close().then(() => client.close()) };
}

const stores: Readonly<Record<string, () => Promise<OpenStore>>> = {
  sqlite: openSqlite,
  postgres: openPostgres,
  redis: openRedis,
};

export const storeNames: readonly string[] = Object.keys(stores);

export async function openStore(name: string): Promise<OpenStore> {
  const open = stores[name];
  if (open === undefined) throw new Error(`STORE must be one of ${storeNames.join(", ")}.`);
  return open();
}
