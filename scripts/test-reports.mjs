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
 * @property {number} [excused] how many of the skipped ones are no failure
 * @property {readonly string[]} [excuses] why, a line each
 * @property {readonly string[]} [reds] what failed or was skipped, a line each, for the end of the run: of a long run
 *   people see only that
 */

/**
 * @param {string} path of vitest's JSON report
 * @param {boolean} ok whether vitest ended with code 0
 * @param {ReadonlyArray<{ suite: string, line: string }>} [missing] what this machine lacks: a test that is skipped in
 *   such a suite is excused
 * @returns {Tally}
 */
export function tallyVitest(path, ok, missing = []) {
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
  /** @param {{ status: string, fullName: string }} test */
  const isExcused = ({ status, fullName }) =>
    status === "skipped" && missing.some(({ suite }) => fullName.startsWith(`${suite} `));
  const reds = files.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter((test) => test.status !== "passed" && !isExcused(test))
      .map(({ fullName, failureMessages }) =>
        line(`${relative(root, name)}: ${fullName}`, failureMessages[0]),
      ),
  );
  const tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    excused: files.flatMap(({ assertionResults }) => assertionResults).filter(isExcused).length,
    excuses: missing.map(({ line }) => line),
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
 * @param {ReadonlyArray<{ suite: string, line: string }>} [missing] as for {@link tallyVitest}
 * @returns {Tally}
 */
export function tallyPlaywright(path, ok, missing = []) {
  if (!existsSync(path)) {
    return failure("Playwright wrote no report.");
  }
  const report = readJson(path);
  const { expected, unexpected, flaky, skipped } = report.stats;
  /** @type {SpecTest[]} */
  const tests = report.suites.flatMap((/** @type {Suite} */ suite) => testsOf(suite));
  /** @param {SpecTest} test */
  const isExcused = ({ status, suites }) =>
    status === "skipped" && missing.some(({ suite }) => suites.includes(suite));
  const reds = tests.filter((test) => test.status !== "expected" && !isExcused(test));
  const tally = {
    passed: expected,
    failed: unexpected + flaky,
    skipped,
    excused: tests.filter(isExcused).length,
    excuses: missing.map(({ line }) => line),
    reds: reds.map(({ projectName, file, title, message }) =>
      line(`${projectName}, ${file}: ${title}`, message),
    ),
  };
  return withUnexplainedFailure(
    tally,
    ok,
    "Playwright failed outside of the tests: its set-up, or a file that does not load.",
  );
}

/**
 * @typedef {object} Suite a file, or a `describe` in it
 * @property {string} title
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
 * @typedef {object} SpecTest
 * @property {string} status
 * @property {string} projectName
 * @property {string} file
 * @property {string} title
 * @property {readonly string[]} suites the titles of those that it stands in
 * @property {string | undefined} message
 */

/**
 * @param {Suite} suite
 * @param {readonly string[]} [above]
 * @returns {SpecTest[]}
 */
function testsOf({ title, file, suites = [], specs }, above = []) {
  const within = [...above, title];
  const own = specs.flatMap(({ title, tests }) =>
    tests.map(({ status, projectName, results }) => ({
      status,
      projectName,
      file,
      title,
      suites: within,
      message: results.at(-1)?.error?.message,
    })),
  );
  return [...own, ...suites.flatMap((suite) => testsOf(suite, within))];
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
