/**
 * Sees the browser tests fail: builds each fault of `support/sabotage.ts` into the SDK and runs the tests that guard
 * against it. Ends with code 1 when one of them stays green. Names of faults as arguments choose among them.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sabotages } from "./support/sabotage.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
const chosen = process.argv.slice(2);
let unseen = 0;

for (const [name, { seenBy, engine = "chromium" }] of Object.entries(sabotages)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const { stdout } = spawnSync(
    process.execPath,
    [
      cli,
      "test",
      "--config",
      join(folder, "playwright.config.ts"),
      "--reporter=line",
      `--project=${engine}`,
      "-g",
      seenBy,
    ],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, LOCKSTEP_SABOTAGE: name },
    },
  );
  const misplaced = /Sabotage .*: .*/.exec(stdout)?.[0];
  const failed = Number(/(\d+) failed/.exec(stdout)?.[1] ?? 0);
  const passed = Number(/(\d+) passed/.exec(stdout)?.[1] ?? 0);
  const isSeen = misplaced === undefined && failed > 0;
  if (!isSeen) unseen += 1;
  console.log(`${isSeen ? "seen  " : "UNSEEN"}  ${name}: ${misplaced ?? `${failed} red, ${passed} green`}`);
}
process.exitCode = unseen > 0 ? 1 : 0;
