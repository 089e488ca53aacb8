/**
 * The steps of a test run, in their order.
 *
 * Promises: each step says by itself what failed, and returns its counts; none is ever tried again.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { engineNames, findOrInstallEngine } from "./browser.mjs";
import { build } from "./build.mjs";
import { checkBoundaries } from "./check-boundaries.mjs";
import { checkDocuments } from "./check-documents.mjs";
import { checkPackages } from "./check-packages.mjs";
import { checkPurity } from "./check-purity.mjs";
import { checkSize } from "./check-size.mjs";
import { checkTypeTests } from "./check-type-tests.mjs";
import { check, printCheck } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { checkSabotage } from "./sabotage.mjs";
import { findOrInstallServices } from "./services.mjs";
import { tallyPlaywright, tallyVitest } from "./test-reports.mjs";
import { checkedProjects, readJson, root, tool } from "./workspace.mjs";

/** @typedef {import("./test-reports.mjs").Tally} Tally */

/**
 * @typedef {object} Step
 * @property {string} name for `--only`
 * @property {string} title
 * @property {(reports: string, filters: readonly string[]) => Promise<Tally>} run `reports` is a folder to write
 *   into; `filters` go to the runner of a suite
 * @property {true} [unbuilt] reads the sources only, not what the build makes of them
 * @property {true} [vital] when it fails, the steps after it would only repeat that
 * @property {true} [suite] takes filters
 */

/** @type {readonly Step[]} */
export const steps = [
  {
    name: "format",
    title: "Formatting",
    run: () => runTool("prettier", ["--check", "."], "files are formatted"),
    unbuilt: true,
  },
  { name: "build", title: "Build", run: async () => tallyChecks(await build()), vital: true, unbuilt: true },
  { name: "types", title: "Types of tests, examples and scripts", run: checkTypes },
  {
    name: "lint",
    title: "Lint",
    run: () => runTool("oxlint", ["--type-aware", "--deny-warnings", "."], "the linter has nothing to say"),
  },
  {
    name: "boundaries",
    title: "Boundaries",
    run: async () => tallyChecks([...(await checkBoundaries()), ...(await checkPurity())]),
  },
  { name: "unit", title: "Unit tests", run: runUnitTests, suite: true, unbuilt: true },
  {
    name: "sabotage",
    title: "Faults that the tests must see",
    run: async () => tallyChecks(await checkSabotage()),
    unbuilt: true,
  },
  {
    name: "packages",
    title: "Packages as users get them",
    run: async () => tallyChecks(await checkPackages()),
  },
  { name: "size", title: "Size", run: async () => tallyChecks(await checkSize()) },
  { name: "documents", title: "Documents", run: async () => tallyChecks(await checkDocuments()) },
  { name: "browser", title: "Browser tests", run: runBrowserTests, suite: true },
  {
    name: "applications",
    title: "Bindings, examples and recipes in a browser",
    run: runApplications,
    suite: true,
  },
  { name: "demo-check", title: "The demo, used as a visitor would", run: runDemoCheck },
];

/**
 * @param {string} name of a package whose command has the same name
 * @param {readonly string[]} args
 * @param {string} promise
 */
async function runTool(name, args, promise) {
  const result = await check(promise, async () => {
    const { ok, output } = await runNode(tool(name, name), args);
    return ok ? { ok } : { ok, detail: output };
  });
  return tallyChecks([result]);
}

async function checkTypes() {
  const results = [];
  for (const project of checkedProjects()) {
    const compile = async () => {
      const { ok, output } = await runNode(tool("typescript", "tsc"), ["-b", join(root, project)]);
      return { ok, detail: output };
    };
    results.push(await check(project, compile));
  }
  // Its components are files that only this compiler reads.
  const vue = join(root, "examples", "vue");
  const components = await check("the components of examples/vue", async () => {
    const { ok, output } = await runNode(join(vue, "node_modules", "vue-tsc", "bin", "vue-tsc.js"), [
      "--noEmit",
      "-p",
      vue,
    ]);
    return { ok, detail: output };
  });
  return tallyChecks([...results, components, ...(await checkTypeTests())]);
}

/**
 * @param {string} reports
 * @param {readonly string[]} filters
 */
async function runUnitTests(reports, filters) {
  const report = join(reports, "vitest.json");
  const coverage = join(reports, "coverage");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters];
  // A part of the tests covers a part of the code: thresholds are for whole runs.
  const measured =
    filters.length > 0 ? [] : ["--coverage.enabled", `--coverage.reportsDirectory=${coverage}`];
  const { services, found } = await findServices();
  const env = services.environment;
  const { ok } = await runNode(tool("vitest", "vitest"), [...args, ...measured], { show: true, env });
  const tally = add(tallyChecks([found]), tallyVitest(report, ok, services.missing));
  if (measured.length === 0 || tally.failed > 0) {
    return tally;
  }
  const machineIsMeasured = await check("every line and branch of the machine is covered", async () => {
    const covered = Object.keys(readJson(join(coverage, "coverage-summary.json")));
    const sources = globSync("packages/core/src/machine/*.ts", { cwd: root });
    return { ok: sources.length > 0 && covered.some((file) => file.includes("machine")), detail: "" };
  });
  return add(tally, tallyChecks([machineIsMeasured]));
}

/** What is missing is no failure of this check, unless `CI` is set: the tests that need it are skipped, and said to be. */
async function findServices() {
  /** @type {import("./services.mjs").Services} */
  let services = { environment: {}, missing: [] };
  const found = await check("database servers to test with", async () => {
    services = await findOrInstallServices();
    return { ok: true, detail: "" };
  });
  return { services, found };
}

/**
 * One engine after the other: the tests measure who asks the server what, and two would disturb each other.
 *
 * @param {string} reports
 * @param {readonly string[]} filters the name of an engine chooses it; the rest goes to Playwright
 */
async function runBrowserTests(reports, filters) {
  const named = engineNames.filter((engine) => filters.includes(engine));
  const files = filters.filter((filter) => !named.some((engine) => engine === filter));
  let tally = tallyChecks([]);
  for (const engine of named.length > 0 ? named : engineNames) {
    tally = add(tally, await runBrowserTestsIn(engine, engine, reports, files));
  }
  return tally;
}

/**
 * @param {string} reports
 * @param {readonly string[]} filters
 */
async function runApplications(reports, filters) {
  const { services, found } = await findServices();
  return add(
    tallyChecks([found]),
    await runBrowserTestsIn("chromium", "applications", reports, filters, services),
  );
}

/**
 * @param {import("./browser.mjs").Engine} engine
 * @param {string} project of the Playwright configuration
 * @param {string} reports
 * @param {readonly string[]} files
 * @param {import("./services.mjs").Services} [services] that some of the tests need
 */
async function runBrowserTestsIn(
  engine,
  project,
  reports,
  files,
  services = { environment: {}, missing: [] },
) {
  const report = join(reports, `playwright-${project}.json`);
  /** @type {Record<string, string>} */
  let browser = {};
  const found = await check(`a browser to test ${engine} in`, async () => {
    browser = await findOrInstallEngine(engine);
    return { ok: true, detail: Object.values(browser).join("\n") };
  });
  if (!found.ok) {
    return tallyChecks([found]);
  }
  const config = join(root, "playwright", "playwright.config.ts");
  const strict = ["--retries=0", "--forbid-only", "--reporter=list,json"];
  const start = performance.now();
  const { ok } = await runNode(
    tool("@playwright/test", "playwright"),
    ["test", `--config=${config}`, `--project=${project}`, ...strict, ...files],
    { show: true, env: { ...services.environment, ...browser, PLAYWRIGHT_JSON_OUTPUT_FILE: report } },
  );
  const tally = tallyPlaywright(report, ok, services.missing);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`   ${project}: ${tally.passed} passed, ${tally.failed} failed, ${seconds} s`);
  return tally;
}

async function runDemoCheck() {
  const result = await check("the demo works in a browser", async () => {
    const { ok } = await runNode(join(root, "scripts", "demo.mjs"), ["--check"], { show: true });
    return { ok };
  });
  return tallyChecks([result]);
}

/**
 * @param {ReadonlyArray<import("./checks.mjs").Check>} checks
 * @returns {Tally}
 */
function tallyChecks(checks) {
  checks.forEach(printCheck);
  const reds = checks.flatMap(({ ok, name }) => (ok ? [] : [name]));
  return { passed: checks.length - reds.length, failed: reds.length, skipped: 0, reds };
}

/**
 * @param {Tally} left
 * @param {Tally} right
 * @returns {Tally}
 */
export function add(left, right) {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
    excused: (left.excused ?? 0) + (right.excused ?? 0),
    // Two steps may lack the same.
    excuses: [...new Set([...(left.excuses ?? []), ...(right.excuses ?? [])])],
    reds: [...(left.reds ?? []), ...(right.reds ?? [])],
  };
}
