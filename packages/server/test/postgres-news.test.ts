import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { closeRecord } from "../src/session-record.js";
import { startBench, watchStore, type PostgresBench } from "./fixtures/postgres-bench.js";
import { describeWith } from "./services/describe-with.js";
import { postgresProgram } from "./services/programs.js";
import { fullRecord } from "./store-conformance.js";

const LISTENING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' OR query = 'SELECT 1'";

describeWith(postgresProgram, () => {
  let bench: PostgresBench;
  beforeAll(async () => {
    bench = await startBench();
  }, 60_000);
  afterEach(() => bench.clear());
  afterAll(() => bench.stop());

  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  };

  describe("news of a PostgreSQL store", () => {
    test("R-143: reach every store on the database, whichever wrote", async () => {
      const [left, right] = [bench.store(), bench.store()];
      await left.insert(fullRecord());
      const told = [await watchStore(left), await watchStore(right)];
      await left.compareAndSet(fullRecord().id, 1, closeRecord(fullRecord(), "revoked", 7));
      await vi.waitFor(() => expect(told).toEqual([[fullRecord().id], [fullRecord().id]]), 5000);
    });

    test("R-143: tell of a session that an administrator ends by hand, and no rotation undoes that", async () => {
      const store = bench.store();
      await store.insert(fullRecord());
      const told = await watchStore(store);
      const administrator = await bench.administrator();
      await administrator.query(
        "UPDATE session SET end_reason = 'revoked', end_at = 7 WHERE user_id = 'ada'",
      );
      await vi.waitFor(() => expect(told).toEqual([fullRecord().id]), 5000);
      expect(await store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2 }))).toBe(false);
      expect((await store.read(fullRecord().id))?.end).toEqual({ reason: "revoked", at: 7 });
    });

    test("R-143: are not told of what was rolled back", async () => {
      const store = bench.store();
      for (const id of ["back", "after"]) await store.insert(fullRecord({ id }));
      const told = await watchStore(store);
      const administrator = await bench.administrator();
      await administrator.query("BEGIN");
      await administrator.query("UPDATE session SET end_reason = 'revoked', end_at = 7 WHERE id = 'back'");
      await administrator.query("ROLLBACK");
      await store.compareAndSet("after", 1, closeRecord(fullRecord({ id: "after" }), "revoked", 7));
      await vi.waitFor(() => expect(told).toEqual(["after"]), 5000);
    });

    test("use one connection, however many watch, and close it when nobody does", async () => {
      const pool = bench.pool();
      const store = bench.store({ pool });
      await store.read("anybody");
      const stops = await Promise.all(Array.from({ length: 20 }, () => store.watch(() => undefined)));
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 0]);
      await Promise.all(stops.map((stop) => stop()));
      await vi.waitFor(() => expect([pool.totalCount, pool.idleCount]).toEqual([0, 0]), 5000);
    });

    test("go on when the connection was cut, after a gap is told", async () => {
      const store = bench.store();
      await store.insert(fullRecord());
      const told = await watchStore(store);
      const administrator = await bench.administrator();
      await administrator.query(`SELECT pg_terminate_backend(pid) FROM (${LISTENING}) AS listening`);
      await vi.waitFor(() => expect(told).toEqual(["gap"]), 5000);
      await store.compareAndSet(fullRecord().id, 1, closeRecord(fullRecord(), "revoked", 7));
      await vi.waitFor(() => expect(told).toEqual(["gap", fullRecord().id]), 5000);
    });

    test("go on at once when the connection was ended in good order", async () => {
      const clients: pg.Client[] = [];
      const store = bench.store({
        listen: async () => {
          const client = await connect(bench.server.url);
          clients.push(client);
          return client;
        },
      });
      const told = await watchStore(store);
      await clients[0]!.end();
      await vi.waitFor(() => expect(told).toEqual(["gap"]), 2000);
      expect(clients).toHaveLength(2);
    });

    test("go on when the server was restarted, and what ended meanwhile can be read at the gap", async () => {
      let isDeaf = false;
      const store = bench.store({
        listen: async () => {
          if (isDeaf) throw new Error("Not yet.");
          return connect(bench.server.url);
        },
      });
      await store.insert(fullRecord());
      const read: unknown[] = [];
      await store.watch((notice) => {
        if (notice.kind === "gap") void store.read(fullRecord().id).then((record) => read.push(record?.end));
      });
      isDeaf = true;
      await bench.server.kill();
      await bench.server.restart();
      const administrator = await bench.administrator();
      await administrator.query("UPDATE session SET end_reason = 'revoked', end_at = 7");
      isDeaf = false;
      await vi.waitFor(() => expect(read).toEqual([{ reason: "revoked", at: 7 }]), 10_000);
    });

    test("go on when the other end vanished without a word", async () => {
      const proxy = await bench.proxy();
      const store = bench.store({ listen: () => connect(proxy.url) });
      await store.insert(fullRecord());
      const told = await watchStore(store);
      proxy.silence();
      await store.compareAndSet(fullRecord().id, 1, closeRecord(fullRecord(), "revoked", 7));
      await vi.waitFor(() => expect(told).toEqual(["gap"]), 15_000);
    });

    test("are refused where nothing can be heard, and told once something can", async () => {
      let url = "postgres://postgres@127.0.0.1:1/postgres";
      const store = bench.store({ listen: () => connect(url) });
      await expect(store.watch(() => undefined)).rejects.toThrow();
      url = bench.server.url;
      await store.insert(fullRecord());
      const told = await watchStore(store);
      await store.compareAndSet(fullRecord().id, 1, closeRecord(fullRecord(), "revoked", 7));
      await vi.waitFor(() => expect(told).toEqual([fullRecord().id]), 5000);
    });

    test("end with the store, connection and all, and leave the pool to its owner", async () => {
      const pool = bench.pool();
      const store = bench.store({ pool });
      await watchStore(store);
      await store.close();
      await vi.waitFor(() => expect(pool.totalCount).toBe(pool.idleCount), 5000);
      await vi.waitFor(async () => expect((await pool.query(LISTENING)).rows).toEqual([]), 5000);
    });
  });
});
