/**
 * How often a session renders 200 components, beside other libraries: `node scripts/run.mjs renders`.
 *
 * Promises: measures in a real browser, with the tests of playwright/applications/renders.spec.ts, and prints the tables.
 * `--write` puts them into docs/renders.md; `--check` ends with code 1 if that says something else.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { findOrInstallEngine } from "./browser.mjs";
import { build, isBuildStale } from "./build.mjs";
import { printCheck } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { readJson, root, tool } from "./workspace.mjs";

/** @typedef {{ renders: number[] }} Renders */
/** @typedef {{ here: Renders, elsewhere: Renders, requests: string[] }} Cost */
/** @typedef {Cost & { during: string[], after: string[] }} Outage */
/** @typedef {{ refresh: Cost, period: Cost, focus: Cost, signOut: Cost, outage: Outage }} Figures */
/** @typedef {{ framework: string, package: string, title: string, figures: Figures }} Row */

const page = join(root, "docs", "renders.md");
const results = join(root, ".tmp", "renders.json");
const begin = "<!-- figures: written by `npm run renders -- --write` -->";
const end = "<!-- end of figures -->";

const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, check: { type: "boolean", default: false } },
});

if ((await isReady()) && (await measure())) {
  const report = reportOf(readJson(results));
  console.log(`\n${report}`);
  if (values.write || values.check) {
    await compare(report);
  }
} else {
  process.exitCode = 1;
}

async function measure() {
  rmSync(results, { force: true });
  const config = join(root, "playwright", "playwright.config.ts");
  const { ok } = await runNode(
    tool("@playwright/test", "playwright"),
    ["test", `--config=${config}`, "--project=applications", "renders.spec.ts"],
    { show: true, env: await findOrInstallEngine("chromium") },
  );
  return ok;
}

/** @param {{ versions: Record<string, string>, measured: Row[] }} results */
function reportOf({ versions, measured }) {
  const tables = ["React", "Vue"].map((framework) => {
    const rows = measured.filter((row) => row.framework === framework);
    return `### ${framework} ${versions[framework.toLowerCase()]}\n\n${tableOf(rows, versions)}`;
  });
  return tables.join("\n\n");
}

/**
 * @param {readonly Row[]} rows
 * @param {Record<string, string>} versions
 */
function tableOf(rows, versions) {
  const named = rows.map(({ package: name, title, figures }) => ({
    name: `${versions[name] === undefined ? `**${name}**` : `${name} ${versions[name]}`}, ${title}`,
    ...figures,
  }));
  const renders = named.map(({ name, refresh, focus, signOut, outage }) => [
    name,
    ...[refresh, focus, signOut, outage].map(
      ({ here, elsewhere }) => `${countOf(here.renders)} · ${countOf(elsewhere.renders)}`,
    ),
  ]);
  const requests = named.map(({ name, period, focus, signOut, outage }) => [
    name,
    ...[period, focus, signOut, outage].map(({ requests }) => String(requests.length)),
    [outage.during, outage.after].map((texts) => wordOf(texts)).join(", then "),
  ]);
  return [
    "Renders of each component: in the tab where it happens · in the others.",
    table(["", "silent refresh", "focus", "sign-out", "outage and recovery"], renders),
    "Requests of the five tabs together, and what they show when the server is down.",
    table(
      ["", "4:50 min go by", "focus", "sign-out", "outage and recovery", "shown meanwhile, and after"],
      requests,
    ),
  ].join("\n\n");
}

/** @param {readonly number[]} counts the distinct ones of all components, ascending */
function countOf(counts) {
  return counts.length === 1 ? String(counts[0]) : `${counts[0]}–${counts.at(-1)}`;
}

/** @param {readonly string[]} texts */
function wordOf(texts) {
  return texts.map((text) => (text.startsWith("Signed in") ? "signed in" : text.toLowerCase())).join(" and ");
}

/**
 * @param {readonly string[]} head
 * @param {ReadonlyArray<readonly string[]>} rows
 */
function table(head, rows) {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** @param {string} report */
async function compare(report) {
  const written = readFileSync(page, "utf8");
  const [head, tail] = [written.indexOf(begin) + begin.length, written.indexOf(end)];
  const current = await format(`${written.slice(0, head)}\n\n${report}\n\n${written.slice(tail)}`, {
    ...(await resolveConfig(page)),
    parser: "markdown",
  });
  if (values.write) {
    writeFileSync(page, current);
  } else if (written !== current) {
    console.error(`\n${page} says something else. \`npm run renders -- --write\` brings it up to date.`);
    process.exitCode = 1;
  }
}

async function isReady() {
  const built = isBuildStale() ? await build() : [];
  built.filter(({ ok }) => !ok).forEach(printCheck);
  return built.every(({ ok }) => ok);
}
