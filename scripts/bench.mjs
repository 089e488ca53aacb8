/**
 * Runs the benchmarks: `npm run bench`, or `npm run bench -- <part of a file's name>`.
 *
 * Promises: each benchmark of each package runs on its own, against a current build, one after the other
 * so that none slows another. Ends with code 1 when one failed or none was found.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { build, isBuildStale } from "./build.mjs";
import { printCheck } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { root } from "./workspace.mjs";

const wanted = process.argv[2] ?? "";
const benchmarks = globSync("packages/*/bench/*.bench.mjs", { cwd: root })
  .filter((file) => file.includes(wanted))
  .toSorted();

if (benchmarks.length === 0) {
  console.error(`No benchmark has "${wanted}" in its name.`);
  process.exitCode = 1;
} else if (await isReady()) {
  for (const file of benchmarks) {
    console.log(`\n${file}`);
    const { ok } = await runNode(join(root, file), [], { show: true });
    if (!ok) {
      process.exitCode = 1;
    }
  }
} else {
  process.exitCode = 1;
}

async function isReady() {
  const built = isBuildStale() ? await build() : [];
  built.filter(({ ok }) => !ok).forEach(printCheck);
  return built.every(({ ok }) => ok);
}
