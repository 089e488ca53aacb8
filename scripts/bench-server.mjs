/**
 * The benchmarks of the session server: `npm run bench:server`, with `--write` into docs/server-benchmarks.md.
 *
 * Promises: measures renewals of each store beside `better-auth` in one run, and open event streams, against a current build and
 * database servers of its own; `--only refreshes` or `--only streams` does one of the two, and leaves the other's figures
 * alone. A database that this machine lacks, and cannot get, is left out, and said to be; `--write` refuses then.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { build, isBuildStale } from "./build.mjs";
import { printCheck } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { findOrInstallServices } from "./services.mjs";
import { readJson, root } from "./workspace.mjs";

const page = join(root, "docs", "server-benchmarks.md");
const results = join(root, ".tmp", "bench-server.json");

/** The parts of the page, by the words after `figures:` in its markers. */
const parts = /** @type {const} */ (["refreshes", "streams"]);

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    clients: { type: "string", default: "1,16,256" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    streams: { type: "string", default: "10000" },
    write: { type: "boolean", default: false },
  },
});
const wanted = parts.filter((part) => values.only === "" || values.only === part);
if (wanted.length === 0) throw new Error(`--only is one of ${parts.join(", ")}, not "${values.only}".`);
const plan = {
  clients: values.clients.split(",").map((text) => readCount("clients", text)),
  rounds: readCount("rounds", values.rounds),
  sliceMs: readCount("seconds", values.seconds) * 1000,
  // Fewer have no user with a hundred among them.
  streams: readCount("streams", values.streams, 1_000),
};

if (await isReady()) {
  await main();
} else {
  process.exitCode = 1;
}

async function main() {
  const { environment, missing } = await findOrInstallServices();
  missing.forEach(({ line }) => console.error(line));
  rmSync(results, { force: true });
  mkdirSync(dirname(results), { recursive: true });
  const { ok } = await runNode(
    join(root, "packages", "server", "bench", "run.mjs"),
    [JSON.stringify({ ...plan, wanted, stores: Object.keys(environment) }), results],
    { show: true, env: environment },
  );
  if (!ok) {
    process.exitCode = 1;
    return;
  }
  /** @type {Record<string, string>} */
  const reports = readJson(results);
  console.log(`\n${Object.values(reports).join("\n\n")}`);
  if (!values.write) return;
  if (missing.length > 0) throw new Error("The page is about all stores: nothing was written.");
  await write(reports);
}

/** @param {Readonly<Record<string, string>>} reports */
async function write(reports) {
  let text = readFileSync(page, "utf8");
  for (const [part, report] of Object.entries(reports)) {
    const begin = `<!-- figures: ${part}, written by \`npm run bench:server -- --write\` -->`;
    const end = `<!-- end of ${part} -->`;
    if (!text.includes(begin) || !text.includes(end)) throw new Error(`${page} has no place for ${part}.`);
    text = `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${report}\n\n${text.slice(text.indexOf(end))}`;
  }
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), parser: "markdown" }));
}

/**
 * @param {string} name
 * @param {string} text
 */
function readCount(name, text, least = 1) {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < least) {
    throw new Error(`--${name} takes whole numbers from ${least} on, not "${text}".`);
  }
  return count;
}

async function isReady() {
  const built = isBuildStale() ? await build() : [];
  built.filter(({ ok }) => !ok).forEach(printCheck);
  return built.every(({ ok }) => ok);
}
