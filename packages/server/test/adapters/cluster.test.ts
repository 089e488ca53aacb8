import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeCluster } from "./describe-cluster.js";

const folder = mkdtempSync(join(tmpdir(), "lockstep-cluster-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeCluster("SQLite", async () => ({
  store: "sqlite",
  environment: { SQLITE_PATH: join(folder, "sessions.db") },
}));
