/**
 * Breaks the code on purpose, one fault at a time, and requires that the tests named for each fault see it:
 * `npm run sabotage -- [--find-first] [--write] [words of a fault's name]`.
 *
 * Promises: the sources are never touched, the faults are planted in memory. A fault that nobody sees, one whose text
 * is gone from the code, and a table in docs/sabotage.md that says something else are failures. The last line is the
 * count. `--find-first` runs all unit tests instead, and tells which saw a fault first, in the order of their files.
 */
import { availableParallelism } from "node:os";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check, printCheck } from "./checks.mjs";
import { controls } from "./sabotage/controls.mjs";
import { faults, laws } from "./sabotage/faults.mjs";
import { simulation } from "./sabotage/simulation.mjs";
import { checkTable, writeTable } from "./sabotage/table.mjs";
import { runTests, tryFault } from "./sabotage/trial.mjs";

/** Fewer than this would not say much about a law. */
const leastPerLaw = 3;

/** @typedef {import("./sabotage/fault.mjs").FaultOfLaw} FaultOfLaw */

/**
 * @param {readonly FaultOfLaw[]} [chosen]
 * @returns {Promise<import("./checks.mjs").Check[]>}
 */
export async function checkSabotage(chosen = faults) {
  const files = [...chosen, ...controls].flatMap((fault) => witnessesOf(fault).map(({ file }) => file));
  const healthy = await runTests([...new Set(files)], "");
  return [
    ...(await inParallel(controls, (control) =>
      check(control.name, async () => {
        const { seen, detail } = await tryFault(control, control.seenBy, healthy);
        return { ok: !seen && control.verdict.test(detail), detail };
      }),
    )),
    ...(await inParallel(chosen, (fault) =>
      check(`${fault.law}: ${fault.name}`, () => judgeFault(fault, healthy)),
    )),
    await check(`every law is broken in ${leastPerLaw} ways at least`, async () => {
      const poor = laws.filter((law) => faults.filter((fault) => fault.law === law).length < leastPerLaw);
      return { ok: poor.length === 0, detail: poor.join(", ") };
    }),
    await check("no two faults have one name", async () => {
      const names = [...faults, ...controls].map(({ name }) => name);
      return { ok: new Set(names).size === names.length };
    }),
    await check("docs/sabotage.md lists these faults", checkTable),
  ];
}

/** @param {FaultOfLaw} fault */
function witnessesOf(fault) {
  return fault.simulation === true ? [fault.seenBy, simulation] : [fault.seenBy];
}

/**
 * @param {FaultOfLaw} fault
 * @param {readonly import("./sabotage/trial.mjs").TestResult[]} healthy
 */
async function judgeFault(fault, healthy) {
  const verdicts = [];
  for (const witness of witnessesOf(fault)) verdicts.push(await tryFault(fault, witness, healthy));
  return { ok: verdicts.every(({ seen }) => seen), detail: verdicts.map(({ detail }) => detail).join("\n") };
}

/**
 * @template Item, Result
 * @param {readonly Item[]} items
 * @param {(item: Item) => Promise<Result>} work
 * @returns {Promise<Result[]>} in the order of the items
 */
async function inParallel(items, work) {
  /** @type {Result[]} */
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    // All workers share one iterator, so each item is taken once.
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

/** @param {readonly FaultOfLaw[]} chosen */
async function findFirst(chosen) {
  for (const { law, name } of chosen) {
    const red = (await runTests([], name)).filter(({ status }) => status === "failed");
    const first = red.toSorted((a, b) => a.file.localeCompare(b.file))[0];
    console.log(
      `${law}: ${name}\n    ${red.length} red; first: ${first?.file ?? "none"}: ${first?.title ?? ""}`,
    );
  }
}

/** @param {string[]} args */
async function main(args) {
  const options = /** @type {const} */ ({
    "find-first": { type: "boolean" },
    write: { type: "boolean" },
  });
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const words = positionals.join(" ");
  const chosen = faults.filter(({ law, name }) => `${law}: ${name}`.includes(words));
  if (values.write === true) await writeTable();
  if (values["find-first"] === true) return findFirst(chosen);
  const results = await checkSabotage(chosen);
  results.forEach(printCheck);
  const passed = results.filter(({ ok }) => ok).length;
  console.log(`\n${passed} passed, ${results.length - passed} failed`);
  process.exitCode = passed === results.length ? 0 : 1;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
