import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describeTwoProcesses } from "./two-processes.js";

describeTwoProcesses("sqlite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-sqlite-"));
  return { url: join(folder, "sessions.db"), stop: () => rm(folder, { recursive: true }) };
});
