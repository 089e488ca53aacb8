/**
 * Measures what it is told to, and writes the tables into a file: `node run.mjs <plan as JSON> <file>`. Started by
 * `scripts/bench-server.mjs`, which finds the database servers.
 */
import { writeFileSync } from "node:fs";
import { startDurablePostgres, startDurableRedis } from "./databases.mjs";
import { measureRefreshes } from "./refreshes.mjs";
import { describeMachine, reportRefreshes, reportStreams } from "./report.mjs";
import { measureStreams } from "./streams.mjs";

const [, , planText, file] = process.argv;
const { wanted, stores, ...plan } = JSON.parse(planText);
const say = (line) => console.error(line);

const postgres = stores.includes("POSTGRES_BIN") ? await startDurablePostgres() : null;
const redis = stores.includes("REDIS_SERVER_BIN") ? await startDurableRedis() : null;
try {
  const machine = describeMachine({ postgres: await postgres?.version(), redis: await redis?.version() });
  const reports = {};
  if (wanted.includes("refreshes")) {
    const lanes = await measureRefreshes({ ...plan, postgres, redis, say });
    reports.refreshes = `${machine} ${reportRefreshes(lanes, plan)}`;
  }
  if (wanted.includes("streams")) {
    const measured = await measureStreams({ streams: plan.streams, url: postgres?.url ?? null, say });
    reports.streams = `${machine}\n\n${reportStreams(measured)}`;
  }
  writeFileSync(file, JSON.stringify(reports));
} finally {
  await postgres?.stop();
  await redis?.stop();
}
