import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import type { SessionStore } from "../src/index.js";
import { startBench, type PostgresBench } from "./fixtures/postgres-bench.js";
import { describeWith } from "./services/describe-with.js";
import { postgresProgram } from "./services/programs.js";
import { fullRecord } from "./store-conformance.js";
import { createWorld, type World } from "./world.js";

describeWith(postgresProgram, () => {
  let bench: PostgresBench;
  beforeAll(async () => {
    bench = await startBench();
  }, 60_000);
  afterEach(() => bench.clear());
  afterAll(() => bench.stop());

  /** A world without grace: the least forgiving of lost answers. */
  const strictWorld = (store: SessionStore): World => createWorld({ store, graceSeconds: 0 });

  const expectNobodyLost = ({ events }: World): void => {
    const types = events.map(({ type }) => type);
    for (const loss of ["reuse-detected", "session-ended", "token-refused"])
      expect(types).not.toContain(loss);
  };

  /** Resolves when a statement waits for a lock that another one holds. */
  const untilOneWaits = (administrator: pg.Client): Promise<number> =>
    vi.waitFor(async () => {
      const { rows } = await administrator.query(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE %'",
      );
      expect(rows).toHaveLength(1);
      return rows[0].pid;
    }, 5000);

  describe("a PostgreSQL store whose server fails", () => {
    test("R-081: answers 503 while the server is away, and goes on by itself when it is back", async () => {
      const world = strictWorld(bench.store());
      const member = await world.member();
      await bench.server.kill();
      expect((await member.refresh()).status).toBe(503);
      await bench.server.restart();
      expect((await member.refresh()).status).toBe(200);
      expectNobodyLost(world);
    });

    test("R-081: works once the server is there, if it was away at the first use", async () => {
      const world = strictWorld(bench.store());
      await bench.server.kill();
      const browser = world.browser();
      expect((await browser.signIn({ userId: "ada" })).status).toBe(503);
      await bench.server.restart();
      expect((await browser.signIn({ userId: "ada" })).status).toBe(200);
      expect((await browser.refresh()).status).toBe(200);
    });

    test("R-081: a rotation that is rolled back with its connection does not consume the token", async () => {
      const world = strictWorld(bench.store());
      const member = await world.member();
      const [blocker, administrator] = [await bench.administrator(), await bench.administrator()];
      await blocker.query("BEGIN");
      await blocker.query("SELECT FROM session FOR UPDATE");
      const refreshing = member.refresh();
      await administrator.query("SELECT pg_terminate_backend($1)", [await untilOneWaits(administrator)]);
      expect((await refreshing).status).toBe(503);
      await blocker.query("ROLLBACK");
      const { status, body } = await member.refresh();
      expect({ status, version: body.session.version }).toEqual({ status: 200, version: 2 });
      expectNobodyLost(world);
    });

    test("R-082: an attempt whose rotation was written and its answer lost gets that successor", async () => {
      const proxy = await bench.proxy();
      const world = strictWorld(bench.store({ pool: bench.pool({ connectionString: proxy.url }) }));
      const member = await world.member();
      proxy.cutAfter("UPDATE ");
      expect((await member.refresh({ attempt: "cut" })).status).toBe(503);
      const { status, body } = await member.refresh({ attempt: "cut" });
      expect({ status, version: body.session.version }).toEqual({ status: 200, version: 2 });
      expect(world.events.at(-1)).toMatchObject({ type: "grace-hit", why: "same-attempt" });
      expect((await member.refresh()).body.session.version).toBe(3);
      expectNobodyLost(world);
    });

    test("R-081: a rotation that another transaction is in the way of does not consume the token", async () => {
      const pool = bench.pool({ options: "-c default_transaction_isolation=serializable" });
      const world = strictWorld(bench.store({ pool }));
      const member = await world.member();
      const [blocker, administrator] = [await bench.administrator(), await bench.administrator()];
      await blocker.query("BEGIN");
      await blocker.query("UPDATE session SET revision = revision");
      const refreshing = member.refresh();
      await untilOneWaits(administrator);
      await blocker.query("COMMIT");
      expect((await refreshing).status).toBe(503);
      expect((await member.refresh()).body.session.version).toBe(2);
      expectNobodyLost(world);
    });

    test("R-081: a rotation that the server's time limit ends does not consume the token", async () => {
      const world = strictWorld(bench.store({ pool: bench.pool({ statement_timeout: 200 }) }));
      const member = await world.member();
      const blocker = await bench.administrator();
      await blocker.query("BEGIN");
      await blocker.query("SELECT FROM session FOR UPDATE");
      expect((await member.refresh()).status).toBe(503);
      await blocker.query("ROLLBACK");
      expect((await member.refresh()).body.session.version).toBe(2);
    });

    test("rejects with what the database says when two transactions block each other", async () => {
      const store = bench.store({ pool: bench.pool({ options: "-c deadlock_timeout=100" }) });
      await store.insert(fullRecord({ id: "a" }));
      await store.insert(fullRecord({ id: "b" }));
      const blocker = await bench.administrator();
      await blocker.query("SET deadlock_timeout = '10s'");
      await blocker.query("BEGIN");
      await blocker.query("UPDATE session SET revision = revision WHERE id = 'b'");
      const refusal = store
        .revokeByUser("ada", { reason: "revoked", at: 1 })
        .catch((error: unknown) => error);
      await untilOneWaits(await bench.administrator());
      await blocker.query("UPDATE session SET revision = revision WHERE id = 'a'");
      await blocker.query("COMMIT");
      expect(await refusal).toMatchObject({ code: "40P01" });
      expect((await store.read("a"))?.end).toBeNull();
    });

    test("L7: a server that vanished without a word costs one call its time, and nobody a connection", async () => {
      const proxy = await bench.proxy();
      const pool = bench.pool({ connectionString: proxy.url, max: 1 });
      const world = strictWorld(bench.store({ pool }));
      const member = await world.member();
      proxy.silence();
      expect((await member.refresh()).status).toBe(503);
      expect((await member.refresh()).status).toBe(200);
      expectNobodyLost(world);
    });

    test("does not wait for a connection for ever, and gives back one that comes too late", async () => {
      const pool = bench.pool({ max: 1 });
      const store = bench.store({ pool });
      await store.insert(fullRecord());
      const taken = await pool.connect();
      await expect(store.read(fullRecord().id)).rejects.toThrow("Too slow");
      taken.release();
      expect(await store.read(fullRecord().id)).toEqual(fullRecord());
      expect(pool.totalCount).toBe(1);
    });
  });
});
