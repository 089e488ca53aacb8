/**
 * A million browsers return after ten minutes: `npm run outage -- --seed 0x5EED --browsers 1000000`.
 *
 * Promises: prints the seed before anything else; the same seed and number print the same tables, from the machine as
 * it is in this tree. `--write` puts them into docs/outage.md; `--check` ends with code 1 if that says something else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { build, isBuildStale } from "./build.mjs";
import { printCheck } from "./checks.mjs";
import { root } from "./workspace.mjs";

const page = join(root, "docs", "outage.md");
const begin = "<!-- figures: written by `npm run outage -- --write` -->";
const end = "<!-- end of figures -->";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "0x5EED" },
    browsers: { type: "string", default: "1000000" },
    write: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});
const seed = readCount("seed", values.seed);
const browsers = readCount("browsers", values.browsers);

console.log(`Seed 0x${seed.toString(16).toUpperCase()}, ${browsers.toLocaleString("en-GB")} browsers.\n`);
if (await isReady()) {
  await main();
} else {
  process.exitCode = 1;
}

async function main() {
  const { rehearseAll, reportOf } = await import("../packages/testing/dist/outage/index.js");
  const results = [];
  const startedAt = performance.now();
  for (const result of rehearseAll({ seed, browsers })) {
    results.push(result);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4);
    console.error(`${seconds} s  ${result.scenario.name}: ${result.client.name}`);
  }
  const report = reportOf(results);
  console.log(`\n${report}`);
  if (values.write || values.check) {
    await compare(report);
  }
}

/** @param {string} report */
async function compare(report) {
  const written = readFileSync(page, "utf8");
  const [head, tail] = [written.indexOf(begin) + begin.length, written.indexOf(end)];
  const setting = `Seed \`0x${seed.toString(16).toUpperCase()}\`, ${browsers.toLocaleString("en-GB")} browsers.`;
  const current = await format(
    `${written.slice(0, head)}\n\n${setting}\n\n${report}\n\n${written.slice(tail)}`,
    { ...(await resolveConfig(page)), parser: "markdown" },
  );
  if (values.write) {
    writeFileSync(page, current);
  } else if (written !== current) {
    console.error(`\n${page} says something else. \`npm run outage -- --write\` brings it up to date.`);
    process.exitCode = 1;
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
function readCount(name, text) {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Error(`--${name} is a whole number above 0, not "${text}".`);
  }
  return count;
}

async function isReady() {
  const built = isBuildStale() ? await build() : [];
  built.filter(({ ok }) => !ok).forEach(printCheck);
  return built.every(({ ok }) => ok);
}
