/** How Stryker changes the code: see docs/mutation-testing.md. Started by scripts/mutation.mjs. */
import { narrowVariable, targetOfRun } from "./targets.mjs";

const { mutate } = targetOfRun();

export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "scripts/mutation/vitest.config.mjs", related: false },
  mutate: (process.env[narrowVariable] ?? mutate).split(","),
  coverageAnalysis: "perTest",
  // Constants that are read once while a module loads would each cost a run of every test.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 2_000,
  timeoutFactor: 1.2,
  tempDirName: ".tmp/stryker",
  ignorePatterns: [".tmp", "**/dist", "**/coverage", "examples", "playwright"],
  reporters: ["clear-text", "progress-append-only", "json"],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: `.tmp/mutation/${process.env["LOCKSTEP_MUTATION"]}.json` },
};
