/**
 * The real-browser tests: many tabs of one browser profile against a real, strict session server on https, in three
 * engines. One set of specs; what an engine cannot be made to do is said in `support/engines.ts`.
 *
 * No test is ever tried again, and none is skipped. Two workers, each with a browser and servers of its own: a test waits for what
 * has to happen, and holds on a busy machine too.
 */
import { defineConfig } from "@playwright/test";
import { beyond, engines } from "./support/engines.js";

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: process.env["CI"] !== undefined,
  // When to give up, and no measure of anything: fifty tabs take Firefox half a minute to open, and longer beside another worker.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: { ignoreHTTPSErrors: true },
  projects: [
    ...engines.map((engine) => ({ name: engine, grepInvert: beyond(engine) ?? [] })),
    // The bindings, the examples and the recipes, which are the same code in every engine: Chromium will do. Some start what
    // needs a machine to itself.
    { name: "applications", testDir: "applications", workers: 1 },
    // Takes minutes, and prints figures: `npm run cluster`.
    { name: "cluster", testDir: "cluster", workers: 1 },
  ],
});
