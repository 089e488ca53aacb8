/**
 * Runs every check and every test: `npm test`, or `npm test -- --only <step> [filters for its runner]`.
 *
 * Promises: the last line is the count, alone: `N passed, N failed`, and `N skipped` if any. The exit code is 0 only when
 * something ran in every step, nothing failed and nothing was skipped, but for tests of a database that this machine lacks
 * and cannot get: the lines before the count say which, and where `CI` is set that is a failure too. A failed step does not
 * keep the others from running, unless there is nothing to run them on. A step that is named alone is preceded by the build
 * where it needs one, and where that is missing or older than the sources.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isBuildStale } from "./build.mjs";
import { add, steps } from "./test-steps.mjs";

/** @typedef {import("./test-reports.mjs").Tally} Tally */

const usage = `npm test -- [--only <step>]… [filters]
The steps are: ${steps.map(({ name }) => name).join(", ")}.
Filters go to the runner, and need --only with one of: ${steps.flatMap(({ name, suite }) => (suite ? [name] : [])).join(", ")}.`;

// Exiting stops the program that a step is waiting for; dying of the signal would not.
process.on("SIGTERM", () => process.exit(143));
process.on("SIGHUP", () => process.exit(129));

const { chosen, filters } = choose(process.argv.slice(2));
const reports = mkdtempSync(join(tmpdir(), "lockstep-test-"));
/** @type {Array<{ title: string, tally: Tally, seconds: string }>} */
const results = [];
try {
  for (const step of chosen) {
    const result = await take(step);
    results.push(result);
    if (step.vital && result.tally.failed > 0) {
      console.log("\nThe steps that need this one did not run.");
      break;
    }
  }
} finally {
  rmSync(reports, { recursive: true, force: true });
}
conclude();

/** @param {import("./test-steps.mjs").Step} step */
async function take(step) {
  console.log(`\n── ${step.title} (${step.name})`);
  const start = performance.now();
  const tally = countNothingAsFailure(await step.run(reports, filters));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${step.title}: ${describe(tally)}, ${seconds} s`);
  return { title: step.title, tally, seconds };
}

/** @param {Tally} tally */
function countNothingAsFailure(tally) {
  if (tally.passed + tally.failed > 0) {
    return tally;
  }
  console.log("  FAILED  nothing ran");
  return { ...tally, failed: 1, reds: ["nothing ran"] };
}

function conclude() {
  const total = results.map(({ tally }) => tally).reduce(add, { passed: 0, failed: 0, skipped: 0 });
  console.log("");
  for (const { title, tally, seconds } of results) {
    console.log(
      `${tally.failed + unexcused(tally) > 0 ? "FAILED" : "passed"}  ${title}: ${describe(tally)}, ${seconds} s`,
    );
    tally.reds?.forEach((red) => console.log(`        ${red}`));
  }
  console.log("");
  total.excuses?.forEach((excuse) => console.log(`SKIPPED ${excuse}`));
  console.log(describe(total));
  process.exitCode = total.failed > 0 || unexcused(total) > 0 || total.passed === 0 ? 1 : 0;
}

/** @param {Tally} tally */
function unexcused({ skipped, excused = 0 }) {
  return skipped - excused;
}

/** @param {Tally} tally */
function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** @param {string[]} args */
function choose(args) {
  try {
    const options = /** @type {const} */ ({ only: { type: "string", multiple: true } });
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const names = values.only ?? [];
    const unknown = names.find((name) => steps.every((step) => step.name !== name));
    const named = steps.filter(({ name }) => names.includes(name));
    const filterable = named.length > 0 && named.every(({ suite }) => suite);
    if (unknown !== undefined || (positionals.length > 0 && !filterable)) {
      throw new Error(
        unknown === undefined ? "No step takes these filters." : `There is no step "${unknown}".`,
      );
    }
    return { chosen: named.length === 0 ? steps : withBuild(named), filters: positionals };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

/**
 * A step that runs alone would test what was built last: a change since would not be in it, and a defect not be seen.
 *
 * @param {readonly import("./test-steps.mjs").Step[]} named
 */
function withBuild(named) {
  const isWanted = named.some(({ unbuilt }) => !unbuilt) && isBuildStale();
  return steps.filter((step) => named.includes(step) || (step.name === "build" && isWanted));
}
