/**
 * Holds the imports to ARCHITECTURE.md's table, and proves that the rules can fail.
 *
 * Promises: no file of the repository breaks a rule of `.dependency-cruiser.mjs`; in a small workspace made
 * for the purpose each rule is seen to fire for the file that breaks it, and none for files that keep them.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { boundaryCases, lawfulFiles } from "./boundary-cases.mjs";
import { check, runAsProgram } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { root, tool } from "./workspace.mjs";

const configuration = ".dependency-cruiser.mjs";

/** @typedef {{ rule: { name: string }, from: string, to: string }} Violation */

/** @returns {Promise<import("./checks.mjs").Check[]>} */
export async function checkBoundaries() {
  const folders = ["packages", "examples", "playwright"].filter((folder) => existsSync(join(root, folder)));
  return [
    await check("imports keep to the table in ARCHITECTURE.md", async () => {
      const violations = await cruise(root, folders);
      return { ok: violations.length === 0, detail: violations.map(describe).join("\n") };
    }),
    await check("each boundary rule is seen to fire", seeEachRuleFire),
  ];
}

async function seeEachRuleFire() {
  const workspace = mkdtempSync(join(tmpdir(), "lockstep-boundaries-"));
  try {
    writeFiles(workspace, lawfulFiles);
    cpSync(join(root, configuration), join(workspace, configuration));
    mkdirSync(join(workspace, "node_modules", "@lockstep"));
    symlinkSync(
      join(workspace, "packages", "core"),
      join(workspace, "node_modules", "@lockstep", "core"),
      "junction",
    );
    const wronglyFired = await cruise(workspace, ["packages", "examples", "playwright"]);

    writeFiles(workspace, Object.fromEntries(boundaryCases.map(({ file, source }) => [file, source])));
    const fired = await cruise(workspace, ["packages", "examples", "playwright"]);
    const silent = boundaryCases.filter(
      ({ rule, file }) => !fired.some((v) => v.rule.name === rule && v.from === file),
    );
    const complaints = [
      ...wronglyFired.map((violation) => `fired without a reason: ${describe(violation)}`),
      ...silent.map(({ rule, file, source }) => `did not fire: ${rule} for ${file}: ${source}`),
      ...(await rulesWithoutCase()).map((rule) => `has no case that breaks it: ${rule}`),
    ];
    return { ok: complaints.length === 0, detail: complaints.join("\n") };
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function rulesWithoutCase() {
  const { default: rules } = await import("../.dependency-cruiser.mjs");
  const proven = new Set(boundaryCases.map(({ rule }) => rule));
  return rules.forbidden.map(({ name }) => name).filter((name) => !proven.has(name));
}

/**
 * @param {string} workspace
 * @param {Readonly<Record<string, string>>} files
 */
function writeFiles(workspace, files) {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), `${content}\n`);
  }
}

/**
 * @param {string} workspace
 * @param {readonly string[]} folders
 * @returns {Promise<Violation[]>}
 */
async function cruise(workspace, folders) {
  const args = ["--config", configuration, "--output-type", "json", ...folders];
  const { output } = await runNode(tool("dependency-cruiser", "depcruise"), args, { cwd: workspace });
  try {
    return JSON.parse(output).summary.violations;
  } catch {
    throw new Error(`dependency-cruiser gave no report:\n${output.slice(0, 2000)}`);
  }
}

/** @param {Violation} violation */
function describe({ rule, from, to }) {
  return `${rule.name}: ${from} → ${to}`;
}

await runAsProgram(import.meta.url, checkBoundaries);
