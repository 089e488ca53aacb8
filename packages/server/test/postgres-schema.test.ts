import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { closeRecord } from "../src/session-record.js";
import { createPostgresStore, migratePostgres } from "../src/stores/postgres.js";
import { startBench, watchStore, type PostgresBench } from "./fixtures/postgres-bench.js";
import { describeWith } from "./services/describe-with.js";
import { postgresProgram } from "./services/programs.js";
import { fullRecord } from "./store-conformance.js";
import { createWorld } from "./world.js";

const unsupported = (fault: string): unknown =>
  expect.objectContaining({ code: "unsupported_schema", message: expect.stringContaining(fault) });

describeWith(postgresProgram, () => {
  let bench: PostgresBench;
  beforeAll(async () => {
    bench = await startBench();
  }, 60_000);
  afterEach(() => bench.clear());
  afterAll(() => bench.stop());

  describe("the tables of a PostgreSQL store", () => {
    test("are made once by servers that start at the same moment", async () => {
      // The strictest that a database can be set to.
      const options = "-c default_transaction_isolation=serializable";
      const stores = Array.from({ length: 8 }, () => bench.store({ pool: bench.pool({ options }) }));
      await Promise.all(stores.map((store, number) => store.insert(fullRecord({ id: `${number}` }))));
      expect(await stores[0]!.listByUser("ada")).toHaveLength(8);
      const { rows } = await (await bench.administrator()).query("SELECT version FROM migration");
      expect(rows).toEqual([{ version: 1 }]);
    });

    test("are not made where they shall not be, which a typed error says, until somebody makes them", async () => {
      const store = bench.store({ migrate: false });
      await expect(store.read("a")).rejects.toThrow(unsupported("has no tables yet; run migratePostgres"));
      await migratePostgres(bench.pool(), { schema: bench.schema() });
      await migratePostgres(bench.pool(), { schema: bench.schema() });
      expect(await store.read("a")).toBeNull();
    });

    test("of a newer version are refused with a typed error and left alone", async () => {
      await bench.store().read("a");
      await (await bench.administrator()).query("INSERT INTO migration (version) VALUES (99)");
      for (const migrate of [true, false]) {
        const store = bench.store({ migrate });
        const refusal = unsupported("version 99, newer than 1; upgrade @lockstep/server");
        await expect(store.read("a")).rejects.toThrow(refusal);
        await expect(store.watch(() => undefined)).rejects.toThrow(refusal);
      }
    });

    test("are used by a role that may use them and nothing else", async () => {
      await migratePostgres(bench.pool(), { schema: bench.schema() });
      const role = `user_of_${bench.schema()}`;
      const owner = await bench.administrator();
      await owner.query(`CREATE ROLE ${role} LOGIN`);
      await owner.query(`GRANT USAGE ON SCHEMA ${bench.schema()} TO ${role}`);
      await owner.query(`GRANT SELECT ON migration TO ${role}`);
      await owner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON session TO ${role}`);
      const store = bench.store({
        pool: bench.pool({ user: role, connectionString: undefined, ...address() }),
      });
      const world = createWorld({ store });
      const member = await world.member();
      expect((await member.refresh()).status).toBe(200);
      expect((await member.signOut()).status).toBe(204);
      expect(await store.deleteExpired(1)).toBe(0);
    });

    test("are not touched by a rotation beyond the row: no index, no notice", async () => {
      // A connection tells its statistics when it ends.
      const store = bench.store({ pool: bench.pool({ idleTimeoutMillis: 10 }) });
      const count = 100;
      const ids = Array.from({ length: count }, (_, number) => `session-${number}`);
      const record = (id: string, revision: number) =>
        fullRecord({ id, revision, generation: revision, staleGeneration: 0, user: "x".repeat(700) });
      for (const id of ids) await store.insert(record(id, 1));
      const told = await watchStore(store);
      for (const id of ids) await store.compareAndSet(id, 1, record(id, 2));
      await store.insert(record("last", 1));
      await store.compareAndSet("last", 1, closeRecord(record("last", 1), "revoked", 7));
      await vi.waitFor(() => expect(told).toContain("last"), 5000);
      expect(told).toEqual(["last"]);
      const administrator = await bench.administrator();
      await vi.waitFor(async () => {
        const { rows } = await administrator.query(
          "SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relid = 'session'::regclass",
        );
        expect(rows[0].updates).toBe(count + 1);
        expect(rows[0].hot / count).toBeGreaterThan(0.95);
      }, 15_000);
    });

    test("are read by their indexes", async () => {
      const store = bench.store();
      await store.read("a");
      const administrator = await bench.administrator();
      await fill(administrator, 5000);
      await administrator.query("ANALYZE session");
      const texts: string[] = [];
      const pool = bench.pool();
      const spied = bench.store({
        pool: {
          on: () => undefined,
          connect: async () => {
            const client = await pool.connect();
            return {
              on: () => undefined,
              off: () => undefined,
              release: () => client.release(),
              query: async (text, values) => {
                if (/session/.test(text) && values !== undefined) {
                  const { rows } = await client.query(`EXPLAIN ${text}`, values);
                  texts.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
                }
                return client.query(text, values);
              },
            };
          },
        },
      });
      await spied.read("session-7");
      await spied.readMany?.(Array.from({ length: 20 }, (_, index) => `session-${index}`));
      await spied.compareAndSet("session-7", 1, fullRecord({ id: "session-7", revision: 2 }));
      await spied.listByUser("user-7");
      await spied.revokeByUser("user-7", { reason: "revoked", at: 1 });
      await spied.deleteExpired(3);
      const plans = texts.filter((text) => !/migrat/.test(text));
      expect(plans).toHaveLength(6);
      for (const plan of plans) expect(plan).not.toContain("Seq Scan");
    });

    test("lose what expired in batches, so that nobody waits for long", async () => {
      const store = bench.store();
      await store.read("a");
      const administrator = await bench.administrator();
      await fill(administrator, 2500);
      await administrator.query(`
        CREATE TABLE batch (size int);
        CREATE FUNCTION count_batch() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO ${bench.schema()}.batch SELECT count(*) FROM gone; RETURN NULL; END $$;
        CREATE TRIGGER counted AFTER DELETE ON session REFERENCING OLD TABLE AS gone
          FOR EACH STATEMENT EXECUTE FUNCTION count_batch();
      `);
      expect(await store.deleteExpired(2400)).toBe(2400);
      const { rows } = await administrator.query("SELECT size FROM batch");
      expect(rows).toEqual([{ size: 1000 }, { size: 1000 }, { size: 400 }]);
    });

    test("R-090: hold no refresh token in the clear", async () => {
      const member = await createWorld({ store: bench.store() }).member();
      const tokens = [member.token()];
      await member.refresh();
      tokens.push(member.token());
      const dump = JSON.stringify((await (await bench.administrator()).query("SELECT * FROM session")).rows);
      for (const token of tokens) expect(dump).not.toContain(token.split(".")[2]);
    });

    const address = (): pg.PoolConfig => {
      const { hostname, port } = new URL(bench.server.url);
      return { host: hostname, port: Number(port), database: "postgres" };
    };

    const fill = (administrator: pg.Client, count: number): Promise<unknown> =>
      administrator.query(
        `INSERT INTO session (id, user_id, revision, created_at, absolute_expires_at, stale_generation, document)
         SELECT 'session-' || n, 'user-' || n, 1, n, n, 0, '{"familyKey":"k"}' FROM generate_series(0, $1 - 1) AS n`,
        [count],
      );
  });

  test.each([
    ["missing_option", "pool", {}],
    ["invalid_option", "pool", { pool: {} }],
    ["invalid_option", "listen", { listen: "postgres://localhost" }],
    ["invalid_option", "schema", { schema: 'x"; DROP TABLE session; --' }],
    ["invalid_option", "schema", { schema: "Sessions" }],
    ["invalid_option", "schema", { schema: "s".repeat(51) }],
  ])("a bad option is told at once: %s %s", (code, option, bad) => {
    const options = { ...(code === "missing_option" ? {} : { pool: bench.pool() }), ...bad };
    expect(() => createPostgresStore(options as never)).toThrow(expect.objectContaining({ code, option }));
  });
});
