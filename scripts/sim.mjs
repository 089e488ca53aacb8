/**
 * The world simulation: `npm run sim -- [--seed 0x5EED] [--tabs 5] [--days 30]`, `--tab-hours 1000000`, or `--scale`.
 *
 * Promises: the seed is printed first, and repeats everything. A seed that breaks a law is shrunk to a short schedule, stored
 * with the regressions that every test run repeats, and its story is printed; the exit code is 1 then.
 */
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { format, resolveConfig } from "prettier";
import { build, isBuildStale } from "./build.mjs";
import { root } from "./workspace.mjs";

/** @typedef {import("../packages/testing/dist/simulation/index.js").Plan} Plan */

const regressions = join(root, "packages", "testing", "test", "simulation", "regressions");
const page = join(root, "docs", "simulation.md");
const hourMs = 3_600_000;

/** The lines of a story that are printed. */
const storyLength = 60;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    tabs: { type: "string", default: "5" },
    days: { type: "string", default: "1" },
    /** A campaign: worlds of consecutive seeds, until so many hours of open tabs were simulated. */
    "tab-hours": { type: "string" },
    scale: { type: "boolean", default: false },
    /** With `--scale`: puts the table into docs/simulation.md. */
    write: { type: "boolean", default: false },
    /** Prints everything that happens. */
    story: { type: "boolean", default: false },
  },
});

const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const [tabs, days] = [Number(values.tabs), Number(values.days)];
if (![seed, tabs, days].every((number) => number >= 0)) {
  console.error("--seed, --tabs and --days are numbers; a seed may be hexadecimal.");
  process.exit(2);
}
console.log(`seed 0x${seed.toString(16).toUpperCase()}`);
if (isBuildStale() && (await build()).some(({ ok }) => !ok)) {
  console.error("The packages do not compile: npm run build says why.");
  process.exit(1);
}
const simulation = await import("../packages/testing/dist/simulation/index.js");

if (values.scale) await printScale();
else if (values["tab-hours"] !== undefined) await runCampaign(Number(values["tab-hours"]));
else await runOne();

async function runOne() {
  const plan = simulation.generatePlan({ seed, tabs, days });
  const { steps, ...circumstances } = plan;
  console.log(`${JSON.stringify(circumstances)}, ${steps.length} steps`);
  const { broken, figures } = await simulation.runWorld(plan, values.story ? { tell: console.log } : {});
  console.log(figures);
  if (broken === null) console.log(`${hours(figures.tabMs)} tab-hours, no law broken`);
  else await report(plan, broken);
}

/** @param {number} wanted hours of open tabs */
async function runCampaign(wanted) {
  const start = performance.now();
  const total = { tabMs: 0, worlds: 0, events: 0, refreshes: 0, streams: 0, judged: 0, broken: 0 };
  /** Laws whose story was told: one of each is enough. */
  const told = new Set();
  let next = seed;
  const workers = Array.from({ length: availableParallelism() }, work);
  await Promise.all(workers);
  const seconds = (performance.now() - start) / 1_000;
  console.log(
    `${hours(total.tabMs)} tab-hours in ${total.worlds} worlds: ${total.events} events, ${total.refreshes} refreshes, ` +
      `${total.streams} event streams, ${total.judged} tabs watched to L13's bound, ` +
      `${total.broken} worlds with a broken law, ${seconds.toFixed(0)} s`,
  );
  if (total.refreshes === 0) {
    console.error("Nobody refreshed: such worlds prove nothing.");
    process.exitCode = 1;
  }

  async function work() {
    const worker = new Worker(new URL("sim-worker.mjs", import.meta.url));
    while (total.tabMs < wanted * hourMs) {
      const own = (next += 1);
      worker.postMessage({ seed: own, tabs, days });
      const [{ figures, broken }] = await once(worker, "message");
      total.worlds += 1;
      total.tabMs += figures.tabMs;
      total.events += figures.events;
      total.refreshes += figures.refreshes;
      total.streams += figures.streams;
      total.judged += figures.judged;
      if (broken !== null) {
        total.broken += 1;
        console.log(`seed ${own}: ${broken.message}`);
        if (!told.has(broken.law)) {
          told.add(broken.law);
          await report(simulation.generatePlan({ seed: own, tabs, days }), broken);
        }
      }
    }
    await worker.terminate();
  }
}

/**
 * Shrinks, stores and tells.
 *
 * @param {Plan} plan
 * @param {{ law: string, message: string, at: number }} broken
 */
async function report(plan, broken) {
  process.exitCode = 1;
  console.log(`BROKEN  ${broken.message}\nshrinking …`);
  const small = await simulation.shrinkPlan(plan, /** @type {any} */ (broken));
  /** @type {string[]} */
  const lines = [];
  const outcome = await simulation.runWorld(small, { tell: (line) => void lines.push(line) });
  console.log(lines.slice(-storyLength).join("\n"));
  console.log(outcome.broken?.message);
  mkdirSync(regressions, { recursive: true });
  const number = broken.law.split(":")[0]?.toLowerCase();
  const file = join(regressions, `${number}-seed-${plan.seed}.json`);
  const story = { law: outcome.broken?.message ?? broken.message, plan: small };
  writeFileSync(file, `${JSON.stringify(story, null, 2)}\n`);
  console.log(`${small.steps.length} steps, stored in ${relative(root, file)}`);
}

/** Prints the table, and with `--write` puts it into the page. */
async function printScale() {
  const rows = ["| tabs | cold start | per token | sign-out |", "| --- | --- | --- | --- |"];
  for (const count of [1, 2, 5, 10, 20, 50, 100]) {
    const row = await simulation.measureScale(count, seed);
    const cells = [row.coldStart, row.lifetime, row.signOut].map(
      ({ refreshes, messages, lockGrants }) =>
        `${round(refreshes)} / ${round(messages)} / ${round(lockGrants)}`,
    );
    rows.push(`| ${count} | ${cells.join(" | ")} |`);
  }
  console.log(`${rows.join("\n")}\n\nRefreshes / messages posted / locks granted.`);
  if (!values.write) return;
  const text = readFileSync(page, "utf8");
  const written = text.replace(
    /(<!-- scale -->)[^]*(<!-- \/scale -->)/,
    (_, begin, end) => `${begin}\n\n${rows.join("\n")}\n\n${end}`,
  );
  writeFileSync(page, await format(written, { ...(await resolveConfig(page)), filepath: page }));
}

/** @param {number} value */
function round(value) {
  return value.toFixed(2).replace(/\.?0+$/, "");
}

/** @param {number} ms */
function hours(ms) {
  return Math.round(ms / hourMs).toLocaleString("en");
}
