/**
 * Changes the code in every small way that Stryker knows, and asks the unit tests whether they notice:
 * `npm run mutation -- [rotation] [machine] [listening] [--only <file of the target>,…]`.
 *
 * Promises: works on a copy; prints every change that no test noticed and the score of each file; the same random cases
 * each time. Takes from half a minute (rotation) to the better part of an hour (machine).
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { join } from "node:path";
import { narrowVariable, targets, targetVariable } from "./mutation/targets.mjs";
import { root, tool } from "./workspace.mjs";

const { values, positionals } = parseArgs({
  options: { only: { type: "string" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(targets);

for (const name of names) {
  if (targets[name] === undefined) {
    throw new Error(`There is no target "${name}". The targets are: ${Object.keys(targets).join(", ")}.`);
  }
  console.log(`── ${name}`);
  const { status } = spawnSync(
    process.execPath,
    [tool("@stryker-mutator/core", "stryker"), "run", join("scripts", "mutation", "stryker.config.mjs")],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        LOCKSTEP_SEED: "20260101",
        [targetVariable]: name,
        ...(values.only === undefined ? {} : { [narrowVariable]: values.only }),
      },
    },
  );
  if (status !== 0) process.exitCode = 1;
}
