/**
 * The unit tests with one fault in the code: the one that LOCKSTEP_SABOTAGE names.
 *
 * Promises: the fault is planted in memory while the module is loaded; a misplaced one stops the run. Everything
 * else is as in the ordinary run, the path to the sources included.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import ordinary from "../../vitest.config.ts";
import { root } from "../workspace.mjs";
import { controls } from "./controls.mjs";
import { plant } from "./fault.mjs";
import { faults } from "./faults.mjs";

const name = process.env["LOCKSTEP_SABOTAGE"] ?? "";
const fault = [...faults, ...controls].find((candidate) => candidate.name === name);
if (fault === undefined && name !== "") throw new Error(`There is no fault "${name}".`);

/** @param {import("./fault.mjs").Fault} planted @returns {import("vitest/config").Plugin} */
function saboteur(planted) {
  const path = join(root, planted.file).replaceAll("\\", "/");
  plant(readFileSync(path, "utf8"), planted);
  return {
    name: "lockstep-saboteur",
    // Before the types are stripped: a fault is written against the source as it stands.
    enforce: "pre",
    // A module with a fault in it is never kept for another run, nor taken from one.
    configureVitest: ({ defineCacheKeyGenerator }) =>
      defineCacheKeyGenerator(({ id }) => (id.split("?")[0] === path ? false : undefined)),
    transform: (code, id) => (id.split("?")[0] === path ? plant(code, planted) : null),
  };
}

/** @type {object[]} */
const projects = /** @type {any} */ (ordinary).test.projects;
const plugins = fault === undefined ? [] : [saboteur(fault)];

export default defineConfig({
  ...ordinary,
  root,
  test: {
    .../** @type {any} */ (ordinary).test,
    projects: projects.map((project) => ({ plugins, ...project })),
  },
});
