import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { createPostgresStore } from "../src/stores/postgres.js";
import { watchStore } from "./fixtures/postgres-bench.js";
import { startProxy, type Proxy } from "./fixtures/postgres-proxy.js";
import { describeWith } from "./services/describe-with.js";
import type { TestService } from "./services/guarded-server.js";
import { startPostgres } from "./services/postgres.js";
import { postgresProgram } from "./services/programs.js";
import { fullRecord } from "./store-conformance.js";
import { createWorld } from "./world.js";

describeWith(postgresProgram, () => {
  describe("a PostgreSQL store whose primary is lost", () => {
    let primary: TestService;
    let standby: TestService;
    let proxy: Proxy;
    beforeAll(async () => {
      primary = await startPostgres();
      standby = await startPostgres({ primary });
      proxy = await startProxy(primary.port);
    }, 60_000);
    afterAll(async () => {
      await proxy.stop();
      await standby.stop();
      await primary.stop();
    });

    test("R-081: does not keep what was led to a standby once the way leads to the primary again", async () => {
      const home = new pg.Pool({ connectionString: primary.url });
      const source = createPostgresStore({ pool: home });
      const session = fullRecord({ userId: "astray" });
      await source.insert(session);
      const pool = new pg.Pool({ connectionString: proxy.url, max: 2 });
      const store = createPostgresStore({ pool });
      proxy.lead(standby.port);
      const astray = "is a standby";
      for (const ask of [
        () => store.read(session.id),
        () => store.readMany?.([session.id]),
        () => store.listByUser("astray"),
        () => store.listByUser("nobody"),
      ])
        await vi.waitFor(() => expect(ask()).rejects.toThrow(astray), 10_000);
      proxy.lead(primary.port);
      expect(await store.read(session.id)).toEqual(session);
      expect(await store.listByUser("astray")).toEqual([session]);
      expect(await store.listByUser("nobody")).toEqual([]);
      await source.deleteExpired(Number.MAX_SAFE_INTEGER);
      for (const opened of [store, source]) await opened.close();
      for (const opened of [pool, home]) await opened.end();
    });

    test("R-081: asks nobody to sign in, neither while the standby is one nor when it took over", async () => {
      const pool = new pg.Pool({ connectionString: proxy.url });
      const store = createPostgresStore({ pool });
      const world = createWorld({ store, graceSeconds: 0 });
      const told = await watchStore(store);
      const member = await world.member();
      const heir = new pg.Client(standby.url);
      await heir.connect();
      await vi.waitFor(async () => {
        expect((await heir.query("SELECT FROM lockstep.session")).rows).toHaveLength(1);
      }, 10_000);
      await heir.query("SELECT pg_wal_replay_pause()");
      const late = await world.member();
      const { rows } = await pool.query("SELECT pg_current_wal_lsn() AS written");
      await vi.waitFor(async () => {
        const received = "SELECT pg_last_wal_receive_lsn() >= $1 AS received";
        expect((await heir.query(received, [rows[0].written])).rows).toEqual([{ received: true }]);
      }, 10_000);

      await primary.kill();
      proxy.lead(standby.port);
      // The standby has not heard of the one session, and knows the other one: both are told to wait.
      expect((await late.refresh()).status).toBe(503);
      expect((await member.refresh({ attempt: "waiting" })).status).toBe(503);

      await heir.query("SELECT pg_wal_replay_resume()");
      await heir.query("SELECT pg_promote()");
      expect((await member.refresh({ attempt: "waiting" })).body.session.version).toBe(2);
      expect((await late.refresh()).body.session.version).toBe(2);
      await vi.waitFor(() => expect(told).toEqual(["gap"]), 15_000);
      await store.revokeByUser("ada", { reason: "revoked", at: world.clock.now });
      await vi.waitFor(() => expect(told).toHaveLength(3), 5000);

      await heir.end();
      await store.close();
      await pool.end();
    });
  });
});
