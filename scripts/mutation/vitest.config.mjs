/** The unit tests that watch over one target of the mutation run, in one process, one file after another. */
import { defineConfig } from "vitest/config";
import ordinary from "../../vitest.config.ts";
import { targetOfRun } from "./targets.mjs";

const { project, tests, without } = targetOfRun();
/** @type {ReadonlyArray<{ resolve: object, test: { name: string, root: string } }>} */
const projects = /** @type {any} */ (ordinary).test.projects;
const chosen = projects.find(({ test }) => test.name === project);
if (chosen === undefined) throw new Error(`vitest.config.ts has no project "${project}".`);

export default defineConfig({
  resolve: chosen.resolve,
  test: {
    root: chosen.test.root,
    include: [...tests],
    exclude: [...without],
    // A worker for each file and mutant would be most of the work.
    isolate: false,
    fileParallelism: false,
  },
});
