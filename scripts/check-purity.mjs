/**
 * Proves that the linter keeps the machine pure, by breaking each of its rules.
 *
 * Promises: in a folder made for the purpose, every forbidden thing is reported under
 * `packages/core/src/machine/`, and none of them in an adapter, where they belong.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { check, runAsProgram } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { root, tool } from "./workspace.mjs";

/** Each breaks the rule that it stands under, and no other. */
const impurities = {
  "eslint(no-restricted-globals)": [
    "export const now = () => Date.now();",
    "export const today = () => new Date();",
    "export const now = () => performance.now();",
    "export const locale = () => Intl.DateTimeFormat();",
    "export const id = () => crypto.randomUUID();",
    "export const later = (act) => setTimeout(act, 1);",
    "export const often = (act) => setInterval(act, 1);",
    "export const soon = (act) => queueMicrotask(act);",
    "export const wait = () => Promise.resolve();",
    "export const tell = () => console.log(1);",
    "export const escape = () => globalThis.fetch;",
    "export const environment = () => process.env;",
  ],
  "eslint(no-restricted-properties)": ["export const roll = () => Math.random();"],
  "oxc(no-async-await)": ["export const act = async () => 1;"],
};

/** @returns {Promise<import("./checks.mjs").Check[]>} */
export async function checkPurity() {
  return [await check("each impurity in the machine is seen by the linter", seeEachImpurity)];
}

async function seeEachImpurity() {
  const workspace = mkdtempSync(join(tmpdir(), "lockstep-purity-"));
  try {
    cpSync(join(root, ".oxlintrc.json"), join(workspace, ".oxlintrc.json"));
    const cases = Object.entries(impurities).flatMap(([rule, sources]) =>
      sources.map((source, index) => ({ rule, source, file: `${rule.replaceAll(/\W/g, "-")}-${index}.ts` })),
    );
    for (const folder of ["machine", "adapters"]) {
      cases.forEach(({ file, source }) => write(join(workspace, "packages/core/src", folder, file), source));
    }
    const reported = await lint(workspace);
    const complaints = cases.flatMap(({ rule, source, file }) => [
      ...(reported.has(`${rule} packages/core/src/machine/${file}`)
        ? []
        : [`not seen by ${rule}: ${source}`]),
      ...(reported.has(`${rule} packages/core/src/adapters/${file}`)
        ? [`seen in an adapter: ${source}`]
        : []),
    ]);
    return { ok: complaints.length === 0, detail: complaints.join("\n") };
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/**
 * @param {string} path
 * @param {string} source
 */
function write(path, source) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${source}\n`);
}

/**
 * @param {string} workspace
 * @returns {Promise<Set<string>>} each a rule, a space and a path
 */
async function lint(workspace) {
  const { output } = await runNode(tool("oxlint", "oxlint"), ["--format", "json", "."], { cwd: workspace });
  try {
    /** @type {{ diagnostics: Array<{ code: string, filename: string }> }} */
    const { diagnostics } = JSON.parse(output);
    return new Set(diagnostics.map(({ code, filename }) => `${code} ${filename.replaceAll("\\", "/")}`));
  } catch {
    throw new Error(`oxlint gave no report:\n${output.slice(0, 2000)}`);
  }
}

await runAsProgram(import.meta.url, checkPurity);
