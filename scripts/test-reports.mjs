/**
 * Counts what a test runner reports.
 *
 * Promises: the numbers come from the runner's own report. A file that could not be loaded, an error outside
 * of any test, a run without tests and a run without a report each count as a failure.
 */
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { readJson, root } from "./workspace.mjs";

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {readonly string[]} [reds] what failed or was skipped, a line each, for the end of the run: of a long run
 *   people see only that
 */

/**
 * @param {string} path of vitest's JSON report
 * @param {boolean} ok whether vitest ended with code 0
 * @returns {Tally}
 */
export function tallyVitest(path, ok) {
  if (!existsSync(path)) {
    return failure("vitest wrote no report.");
  }
  const report = readJson(path);
  /** @type {Array<{ status: string, name: string, assertionResults: Array<{ status: string, fullName: string, failureMessages: string[] }> }>} */
  const files = report.testResults;
  const unloaded = files.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  unloaded.forEach(({ name }) => console.log(`  FAILED  ${name} could not be loaded`));
  const reds = files.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== "passed")
      .map(({ fullName, failureMessages }) =>
        line(`${relative(root, name)}: ${fullName}`, failureMessages[0]),
      ),
  );
  const tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    reds: [...unloaded.map(({ name }) => relative(root, name)), ...reds],
  };
  return withUnexplainedFailure(
    tally,
    ok,
    "vitest failed outside of the tests: an unhandled error, or coverage.",
  );
}

/**
 * @param {string} path of Playwright's JSON report
 * @param {boolean} ok whether Playwright ended with code 0
 * @returns {Tally}
 */
export function tallyPlaywright(path, ok) {
  if (!existsSync(path)) {
    return failure("Playwright wrote no report.");
  }
  const report = readJson(path);
  const { expected, unexpected, flaky, skipped } = report.stats;
  const reds = report.suites.flatMap(redSpecs);
  const tally = { passed: expected, failed: unexpected + flaky, skipped, reds };
  return withUnexplainedFailure(
    tally,
    ok,
    "Playwright failed outside of the tests: its set-up, or a file that does not load.",
  );
}

/**
 * @typedef {object} Suite a file, or a `describe` in it
 * @property {string} file
 * @property {readonly Suite[]} [suites]
 * @property {ReadonlyArray<{ title: string, tests: readonly Test[] }>} specs
 */

/**
 * @typedef {object} Test
 * @property {string} status
 * @property {string} projectName
 * @property {ReadonlyArray<{ error?: { message?: string } }>} results
 */

/**
 * @param {Suite} suite
 * @returns {string[]}
 */
function redSpecs({ file, suites = [], specs }) {
  const own = specs.flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status !== "expected")
      .map(({ projectName, results }) =>
        line(`${projectName}, ${file}: ${title}`, results.at(-1)?.error?.message),
      ),
  );
  return [...own, ...suites.flatMap(redSpecs)];
}

/**
 * @param {string} name
 * @param {string} [message]
 */
function line(name, message = "skipped") {
  return `${name}: ${stripVTControlCharacters(message).replaceAll(/\s+/g, " ").slice(0, 240)}`;
}

/**
 * @param {Tally} tally
 * @param {boolean} ok
 * @param {string} explanation
 */
function withUnexplainedFailure(tally, ok, explanation) {
  if (tally.passed + tally.failed === 0) {
    return failure("No test ran.");
  }
  if (!ok && tally.failed === 0) {
    console.log(`  FAILED  ${explanation}`);
    return { ...tally, failed: 1, reds: [explanation] };
  }
  return tally;
}

/**
 * @param {string} reason
 * @returns {Tally}
 */
function failure(reason) {
  console.log(`  FAILED  ${reason}`);
  return { passed: 0, failed: 1, skipped: 0, reds: [reason] };
}
