/**
 * Brings `node_modules` up to date with the lockfile, with the repository's own pnpm.
 *
 * Promises: does nothing, in milliseconds, when no manifest has changed since the last installation;
 * never changes the lockfile; throws an Error that names the remedy when the installation fails.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { bundledNode } from "./find-node.mjs";

/** pnpm 11 does not start on Node 20, which may be all that there is before the workspace brings its own. */
export const pnpm = "pnpm@10.34.9";

/** @param {string} root folder of the workspace */
export function installWorkspace(root) {
  const stampPath = join(root, "node_modules", ".lockstep-installed");
  const wanted = hashOfManifests(root);
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === wanted) {
    return;
  }
  process.stderr.write(`Installing the workspace with ${pnpm}: the first time takes about a minute.\n`);
  const { NODE_ENV: _production, ...environment } = process.env;
  const result = spawnSync("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], {
    cwd: root,
    // Nothing may wait for an answer: not npm's question, not pnpm's before it removes a stale folder.
    stdio: ["ignore", 2, 2],
    // Under "npm --silent" both would fail without a word.
    env: { ...environment, CI: "true", npm_config_loglevel: "warn" },
    shell: process.platform === "win32",
  });
  if (result.error !== undefined) {
    throw new Error(`npx could not be started (${result.error.message}). Install npm, which brings npx.`);
  }
  if (result.status !== 0) {
    throw new Error(
      `The installation failed (exit code ${result.status}); its own message stands above. Without a network, ` +
        `connect to the npm registry (npm config get registry) and run the command again. If pnpm says that the ` +
        `lockfile is out of date, run: npx ${pnpm} install --no-frozen-lockfile`,
    );
  }
  linkNode(root);
  writeFileSync(stampPath, wanted);
}

/**
 * npm puts `node_modules/.bin` first, and pnpm makes `node` there a shell script that hands on no signals and
 * sets NODE_PATH, with which undeclared dependencies resolve. The binary itself does neither.
 *
 * @param {string} root
 */
function linkNode(root) {
  const link = join(root, "node_modules", ".bin", "node");
  const bundled = bundledNode(root);
  if (bundled !== null && process.platform !== "win32") {
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), bundled), link);
  }
}

/** @param {string} root */
function hashOfManifests(root) {
  const hash = createHash("sha256").update(pnpm);
  for (const file of manifests(root)) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @returns {string[]} paths relative to the root, in a fixed order
 */
function manifests(root) {
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "playwright/package.json"];
  for (const folder of ["packages", "examples"]) {
    const members = existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : [];
    files.push(...members.map((member) => `${folder}/${member}/package.json`));
  }
  return files.filter((file) => existsSync(join(root, file)));
}
