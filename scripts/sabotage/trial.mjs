/**
 * Runs tests with a fault in the code, and tells whether they saw it.
 *
 * Promises: a test has seen a fault only if it is green without the fault, was run, and failed by its own
 * expectations: a file that does not load and a name that is not there count as nothing.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { runNode } from "../command.mjs";
import { readJson, root, tool } from "../workspace.mjs";
import { plant } from "./fault.mjs";

/** The properties draw the same cases each time: whether a fault is seen must not be luck. */
const seed = "20260101";

/** @typedef {import("./fault.mjs").Witness} Witness */

/**
 * @typedef {object} TestResult
 * @property {string} file relative to the root
 * @property {string} title in full
 * @property {string} status
 * @property {string} message of the failure; empty without one
 */

/**
 * @typedef {object} Verdict
 * @property {boolean} seen
 * @property {string} detail
 */

/**
 * Runs unit tests.
 *
 * @param {readonly string[]} args of vitest
 * @param {string} fault the name of the fault to plant, empty for none
 * @returns {Promise<TestResult[]>} none of a file that could not be loaded
 */
export async function runTests(args, fault) {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-sabotage-"));
  try {
    const report = join(folder, "report.json");
    const config = join(root, "scripts", "sabotage", "vitest.config.mjs");
    const options = ["run", `--config=${config}`, "--reporter=json", `--outputFile=${report}`];
    const { output } = await runNode(tool("vitest", "vitest"), [...options, ...args], {
      env: { LOCKSTEP_SABOTAGE: fault, LOCKSTEP_SEED: seed },
    });
    try {
      return resultsOf(readJson(report));
    } catch (error) {
      throw new Error(`vitest wrote no report.\n${output}`, { cause: error });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {any} report vitest's own
 * @returns {TestResult[]}
 */
function resultsOf(report) {
  return report.testResults.flatMap(
    (/** @type {{ name: string, assertionResults: any[] }} */ { name, assertionResults }) =>
      assertionResults.map(({ fullName, status, failureMessages }) => ({
        file: relative(root, name).replaceAll("\\", "/"),
        title: fullName,
        status,
        message: failureMessages?.[0] ?? "",
      })),
  );
}

/**
 * @param {readonly TestResult[]} results
 * @param {Witness} witness
 */
function ofWitness(results, { file, title }) {
  return results.filter((test) => test.file.startsWith(file) && test.title.includes(title));
}

/**
 * Whether a witness sees a fault.
 *
 * @param {import("./fault.mjs").Fault} fault
 * @param {Witness} witness
 * @param {readonly TestResult[]} healthy what the tests say without any fault
 * @returns {Promise<Verdict>}
 */
export async function tryFault(fault, witness, healthy) {
  try {
    plant(readFileSync(join(root, fault.file), "utf8"), fault);
  } catch (error) {
    return { seen: false, detail: error instanceof Error ? error.message : String(error) };
  }
  const before = ofWitness(healthy, witness);
  if (before.length === 0) return unseen(`no such test: ${witness.file}, "${witness.title}"`);
  const red = before.find(({ status }) => status !== "passed");
  if (red !== undefined) return unseen(`without the fault it is ${red.status} already: ${red.title}`);
  const pattern = witness.title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const filter = pattern === "" ? [] : ["--testNamePattern", pattern];
  // The first red test is enough.
  return judge(ofWitness(await runTests([witness.file, ...filter, "--bail=1"], fault.name), witness));
}

/**
 * @param {readonly TestResult[]} after
 * @returns {Verdict}
 */
function judge(after) {
  if (after.length === 0) return unseen("the test file could not be loaded");
  const failed = after.filter(({ status }) => status === "failed");
  if (failed.length === 0) return { seen: false, detail: `survived ${after.length} tests` };
  const stumbled = failed.find(({ message }) => /^(Reference|Syntax)Error/.test(message));
  if (stumbled !== undefined) return unseen(`the code stumbles instead: ${stumbled.message.split("\n")[0]}`);
  return { seen: true, detail: failed[0]?.title ?? "" };
}

/** @param {string} why @returns {Verdict} */
function unseen(why) {
  return { seen: false, detail: `not seen: ${why}` };
}
