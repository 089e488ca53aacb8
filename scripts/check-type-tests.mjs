/**
 * Compiles the type tests against the built packages, with each compiler that the packages promise to work with.
 *
 * Promises: a use that should compile does, one that is marked as wrong does not, in TypeScript 5.9, 6.0 and 7. Each
 * `packages/<name>/test/types/<case>/tsconfig.json` is a compilation of its own, because what an application registers
 * is known to all of its files.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { check, runAsProgram } from "./checks.mjs";
import { runNode } from "./command.mjs";
import { root } from "./workspace.mjs";

/** Names in the root's dependencies. The bare one is the compiler that builds the packages. */
const compilers = ["typescript-5.9", "typescript", "typescript-7"];

/** @returns {Promise<import("./checks.mjs").Check[]>} */
export async function checkTypeTests() {
  const projects = globSync("packages/*/test/types/**/tsconfig.json", { cwd: root }).toSorted();
  const results = [
    await check("there are type tests", async () => ({
      ok: projects.length > 0,
      detail: `${projects.length} compilations`,
    })),
  ];
  for (const compiler of compilers) {
    for (const project of projects) {
      results.push(
        await check(`${compiler} compiles ${project}`, async () => {
          const tsc = join(root, "node_modules", compiler, "bin", "tsc");
          const { ok, output } = await runNode(tsc, ["-p", join(root, project), "--pretty", "false"]);
          return { ok, detail: output };
        }),
      );
    }
  }
  return results;
}

await runAsProgram(import.meta.url, checkTypeTests);
