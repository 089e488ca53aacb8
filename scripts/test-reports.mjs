/**
 * Counts what a test runner reports.
 *
 * Promises: the numbers come from the runner's own report. A file that could not be loaded, an error outside
 * of any test, a run without tests and a run without a report each count as a failure.
 */
import { existsSync } from "node:fs";
import { readJson } from "./workspace.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

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
  /** @type {Array<{ status: string, name: string, assertionResults: unknown[] }>} */
  const files = report.testResults;
  const unloaded = files.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  unloaded.forEach(({ name }) => console.log(`  FAILED  ${name} could not be loaded`));
  const tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
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
  const tally = { passed: expected, failed: unexpected + flaky, skipped };
  return withUnexplainedFailure(
    tally,
    ok,
    "Playwright failed outside of the tests: its set-up, or a file that does not load.",
  );
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
    return { ...tally, failed: 1 };
  }
  return tally;
}

/**
 * @param {string} reason
 * @returns {Tally}
 */
function failure(reason) {
  console.log(`  FAILED  ${reason}`);
  return { passed: 0, failed: 1, skipped: 0 };
}
