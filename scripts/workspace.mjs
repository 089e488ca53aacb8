/**
 * Where things are: the root folder, the public packages, the tools by path.
 *
 * Promises: absolute paths only. Tools are named by the file that their package's `bin` points to, because
 * `node_modules/.bin/tsc` belongs to whichever package was linked last.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} PublicPackage
 * @property {string} name
 * @property {string} folder absolute
 * @property {Record<string, unknown>} exports
 */

/** @returns {PublicPackage[]} the packages that are published, by folder name */
export function publicPackages() {
  return globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .map((file) => ({ folder: join(root, dirname(file)), ...readJson(join(root, file)) }))
    .filter((manifest) => manifest.private !== true);
}

/**
 * @param {string} packageName of a root devDependency
 * @param {string} command as its manifest names it
 */
export function tool(packageName, command) {
  const folder = join(root, "node_modules", packageName);
  const { bin } = readJson(join(folder, "package.json"));
  return join(folder, typeof bin === "string" ? bin : bin[command]);
}

/**
 * @returns {string[]} the TypeScript projects of all that is not published. A folder without one is in the list
 *   too, so that its check fails: code that nobody checks is not correct by that.
 */
export function checkedProjects() {
  const folders = globSync(["packages/*/test", "examples/*", "playwright", "scripts"], { cwd: root });
  return folders.toSorted().map((folder) => join(folder, "tsconfig.json"));
}

/**
 * @param {string} path
 * @returns {any} what the file holds; the caller knows its shape
 */
export function readJson(path) {
  if (!existsSync(path)) {
    throw new Error(`${path} does not exist.`);
  }
  return JSON.parse(readFileSync(path, "utf8"));
}
