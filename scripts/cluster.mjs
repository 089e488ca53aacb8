/**
 * Two browsers, two server processes and a real database: `npm run cluster -- --store postgres --minutes 3 --rounds 20`.
 *
 * Promises: measures with the tests of playwright/cluster/measured.spec.ts, on PostgreSQL and on Redis unless `--store` names
 * one, and prints the figures; `--rounds` of each way to end a session, `--minutes` of trouble, and two thirds of that of tabs
 * that come and go. Ends with code 1 if a promise was broken. When it is interrupted or told to stop, it closes browsers,
 * server processes and databases first.
 */
import { existsSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findOrInstallEngine } from "./browser.mjs";
import { build, isBuildStale } from "./build.mjs";
import { printCheck } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { findOrInstallServices } from "./services.mjs";
import { readJson, root, tool } from "./workspace.mjs";

const results = join(root, ".tmp", "cluster");
const names = ["postgres", "redis"];
/** Each leaves a file. */
const parts = ["revocations", "streams", "trouble"];

const { values } = parseArgs({
  options: {
    store: { type: "string" },
    minutes: { type: "string", default: "3" },
    rounds: { type: "string", default: "20" },
  },
});
if (values.store !== undefined && !names.includes(values.store)) {
  throw new Error(`--store is one of ${names.join(", ")}, not "${values.store}".`);
}
const minutes = readAmount("minutes", values.minutes);
const rounds = Math.ceil(readAmount("rounds", values.rounds));

const interruption = new AbortController();
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    interruption.abort();
  });
}

if (await isReady()) {
  await main();
} else {
  process.exitCode ??= 1;
}

async function main() {
  const { environment } = await findOrInstallServices();
  const browser = await findOrInstallEngine("chromium");
  for (const store of values.store === undefined ? names : [values.store]) {
    if (interruption.signal.aborted) return;
    const kept = await measure(store, { ...environment, ...browser });
    if (interruption.signal.aborted) return;
    console.log(`\n${store}\n\n${reportOf(store)}\n`);
    if (!kept) process.exitCode ??= 1;
  }
}

/**
 * @param {string} store
 * @param {Record<string, string>} environment
 */
async function measure(store, environment) {
  for (const name of parts) rmSync(fileOf(store, name), { force: true });
  const config = join(root, "playwright", "playwright.config.ts");
  const env = {
    ...environment,
    CLUSTER_STORE: store,
    CLUSTER_MINUTES: String(minutes),
    CLUSTER_ROUNDS: String(rounds),
  };
  const args = ["test", `--config=${config}`, "--project=cluster"];
  const { ok } = await runNode(tool("@playwright/test", "playwright"), args, {
    show: true,
    env,
    interruption: interruption.signal,
  });
  return ok;
}

/**
 * @param {string} store
 * @param {string} part
 */
function fileOf(store, part) {
  return join(results, `${store}-${part}.json`);
}

/** @param {string} store */
function reportOf(store) {
  const [revocations, streams, trouble] = parts.map((name) => {
    const file = fileOf(store, name);
    return existsSync(file) ? readJson(file) : null;
  });
  return [
    ...(revocations === null ? [] : revocationLines(revocations)),
    ...(streams === null ? [] : streamLines(streams)),
    ...(trouble === null ? [] : troubleLines(trouble)),
  ].join("\n");
}

/**
 * @param {{ delays: Array<{ title: string, delays: Array<{ ms: number, seenMs: number, tabs: number }> }>,
 *   mostAtOnce: number }} figures
 */
function revocationLines({ delays, mostAtOnce }) {
  return [
    "From the server's decision until the last tab is signed out, in milliseconds:",
    ...delays.flatMap(({ title, delays }) => [
      `  ${title}, ${delays[0]?.tabs} tabs, ${delays.length} rounds: ${spreadOf(delays.map(({ ms }) => ms))}`,
      `    the tabs in front: ${spreadOf(delays.map(({ seenMs }) => seenMs))}`,
    ]),
    `  streams of a browser at once: ${mostAtOnce} at most`,
  ];
}

/**
 * @param {{ opened: number, closed: number, streams: number, samples: Record<string, number>, mostAtOnce: number,
 *   overlapsMs: number[], handOversMs: number[], openingsMs: number[] }} figures
 */
function streamLines(figures) {
  const { opened, closed, streams, samples, mostAtOnce, overlapsMs, handOversMs, openingsMs } = figures;
  return [
    `Tabs that come and go: ${opened} opened, ${closed} closed, ${streams} streams`,
    `  a browser had, whenever the processes were asked: ${countsOf(samples, "streams")}`,
    `  at once, by each beginning and end: ${mostAtOnce} at most; two at once ${overlapsMs.length} times: ${spreadOf(overlapsMs)}`,
    `  none, until another tab took over, ${handOversMs.length} times: ${spreadOf(handOversMs)}`,
    `  none, with a new tab in front whose page was on its way, ${openingsMs.length} times: ${spreadOf(openingsMs)}`,
  ];
}

/**
 * @param {{ kills: number, restarts: number, refreshes: number, reuses: number, requests: Record<string, number>,
 *   revoked: Array<{ ms: number, sinceUpMs: number, verified: number[], refreshed: number }>, wrongSignOuts: string[] }} figures
 */
function troubleLines({ kills, restarts, refreshes, reuses, requests, revoked, wrongSignOuts }) {
  return [
    `Trouble: ${kills} processes killed, ${restarts} restarts of the database, ${refreshes} refreshes`,
    `  wrong sign-outs: ${wrongSignOuts.length}; reuse detected: ${reuses}`,
    `  ${revoked.length} sessions revoked; all tabs signed out after ${spreadOf(revoked.map(({ ms }) => ms))}`,
    `  the same, counted from when all was up: ${spreadOf(revoked.map(({ sinceUpMs }) => sinceUpMs))}`,
    `  their access tokens, asked ${revoked.flatMap(({ verified }) => verified).length} times before they ran out: ${[
      ...new Set(revoked.flatMap(({ verified }) => verified)),
    ].join(
      ", ",
    )}; their refresh tokens: ${[...new Set(revoked.map(({ refreshed }) => refreshed))].join(", ")}`,
    `  requests of the tabs: ${countsOf(requests, "answered")}`,
  ];
}

/**
 * @param {Record<string, number>} counts
 * @param {string} word
 */
function countsOf(counts, word) {
  return Object.entries(counts)
    .map(([name, count]) => `${count} × ${name}`)
    .join(", ")
    .concat(` (${word})`);
}

/** @param {readonly number[]} numbers */
function spreadOf(numbers) {
  if (numbers.length === 0) return "–";
  const sorted = [...numbers].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return `median ${median.toFixed(0)} ms, maximum ${sorted.at(-1)} ms`;
}

/**
 * @param {string} name
 * @param {string} text
 */
function readAmount(name, text) {
  const amount = Number(text);
  if (!(amount > 0 && Number.isFinite(amount)))
    throw new Error(`--${name} is a number above 0, not "${text}".`);
  return amount;
}

async function isReady() {
  const built = isBuildStale() ? await build() : [];
  built.filter(({ ok }) => !ok).forEach(printCheck);
  return built.every(({ ok }) => ok);
}
