/**
 * Builds the packages: `npm run build`.
 *
 * Promises: every `dist/` holds what its `src/` compiles to and nothing from files that are gone, and
 * `packages/core/dist/lockstep.global.js` is made from the same output. Ends with code 1 when anything fails.
 */
import { existsSync, globSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { runAsProgram, check } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { integrityPath, writeGlobalBuild } from "./global-build.mjs";
import { publicPackages, root, tool } from "./workspace.mjs";

/** @returns {Promise<import("./checks.mjs").Check[]>} stops at the first that failed */
export async function build() {
  const compiled = await check("the packages compile", async () => {
    publicPackages().forEach(({ folder }) => removeOrphans(folder));
    const { ok, output } = await runNode(tool("typescript", "tsc"), ["-b", join(root, "tsconfig.json")]);
    return { ok, detail: output };
  });
  if (!compiled.ok) {
    return [compiled];
  }
  const bundled = await check("the script-tag build is one file", async () => {
    await writeGlobalBuild();
    return { ok: true };
  });
  return [compiled, bundled];
}

/** True when a package was never built, or has a source that is newer than the last build that was completed. */
export function isBuildStale() {
  const builtAt = existsSync(integrityPath) ? statSync(integrityPath).mtimeMs : 0;
  return publicPackages().some(
    ({ folder }) =>
      !existsSync(join(folder, "dist", "index.js")) ||
      newest(folder, ["src/**/*.ts", "src/**/tsconfig.json", "tsconfig.json"]) > builtAt,
  );
}

/**
 * @param {string} folder
 * @param {readonly string[]} patterns
 */
function newest(folder, patterns) {
  return Math.max(
    0,
    ...globSync(patterns, { cwd: folder }).map((file) => statSync(join(folder, file)).mtimeMs),
  );
}

/**
 * `tsc -b` leaves the output of a deleted source where it is, and it would be published.
 *
 * @param {string} folder of a package
 */
function removeOrphans(folder) {
  const dist = join(folder, "dist");
  for (const file of globSync("**/*.{js,d.ts}", { cwd: dist })) {
    const source = join(folder, "src", file.replace(/(\.d\.ts|\.js)$/, ".ts"));
    if (!existsSync(source) && !file.endsWith(".global.js")) {
      console.log(`Removing ${relative(root, join(dist, file))}: its source is gone.`);
      rmSync(join(dist, file));
    }
  }
}

await runAsProgram(import.meta.url, build);
