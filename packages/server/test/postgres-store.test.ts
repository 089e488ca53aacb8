import pg from "pg";
import { afterAll, beforeAll } from "vitest";

import type { SessionStore } from "../src/index.js";
import { createPostgresStore } from "../src/stores/postgres.js";
import { describeWith } from "./services/describe-with.js";
import type { TestService } from "./services/guarded-server.js";
import { startPostgres } from "./services/postgres.js";
import { postgresProgram } from "./services/programs.js";
import { describeStore } from "./store-conformance.js";

describeWith(postgresProgram, () => {
  let server: TestService;
  const pools: pg.Pool[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server.stop();
  });

  const open = (): SessionStore => {
    const pool = new pg.Pool({ connectionString: server.url });
    pools.push(pool);
    return createPostgresStore({ pool, schema: `conformance_${pools.length}` });
  };
  const write = (document: string) => (id: string) =>
    pools
      .at(-1)!
      .query(`UPDATE conformance_${pools.length}.session SET document = $2 WHERE id = $1`, [id, document]);

  describeStore("postgres", open, {
    "a document that was cut off": write('{"familyKey":"secret'),
    "a document that is none": write("null"),
  });
});
