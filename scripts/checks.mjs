/**
 * What a check reports, and how a check's file runs on its own.
 *
 * Promises: a check that throws is a failed check with the error as its detail, never a lost one.
 */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Check
 * @property {string} name what holds, in a few words
 * @property {boolean} ok
 * @property {string} [detail] shown under a failed check; of a passed one, a figure worth showing
 */

/**
 * @param {string} name
 * @param {() => Promise<Omit<Check, "name">>} judge
 * @returns {Promise<Check>}
 */
export async function check(name, judge) {
  try {
    return { name, ...(await judge()) };
  } catch (error) {
    return {
      name,
      ok: false,
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/** @param {Check} result */
export function printCheck({ name, ok, detail }) {
  const indented =
    detail === undefined || detail === "" ? "" : `\n${detail.trimEnd().replaceAll(/^/gm, "    ")}`;
  console.log(`  ${ok ? "passed" : "FAILED"}  ${name}${indented}`);
}

/**
 * Runs the checks when their file is the program that Node was started with; otherwise does nothing.
 *
 * @param {string} moduleUrl `import.meta.url` of the caller
 * @param {(args: readonly string[]) => Promise<Check[]>} judge
 */
export async function runAsProgram(moduleUrl, judge) {
  const program = process.argv[1];
  if (program === undefined || realpathSync(program) !== fileURLToPath(moduleUrl)) {
    return;
  }
  const results = await judge(process.argv.slice(2));
  results.forEach(printCheck);
  process.exitCode = results.length > 0 && results.every(({ ok }) => ok) ? 0 : 1;
}
