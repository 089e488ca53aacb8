/**
 * The real-browser tests: many tabs of one browser profile against a real, strict session server on https, in three
 * engines. One set of specs; what an engine cannot be made to do is said in `support/engines.ts`.
 *
 * No test is ever tried again, and none is skipped. One worker: the tests measure who asks the server what.
 */
import { defineConfig } from "@playwright/test";
import { beyond, engines } from "./support/engines.js";

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: process.env["CI"] !== undefined,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: { ignoreHTTPSErrors: true },
  projects: [
    ...engines.map((engine) => ({ name: engine, grepInvert: beyond(engine) ?? [] })),
    // The bindings, the examples and the recipes, which are the same code in every engine: Chromium will do.
    { name: "applications", testDir: "applications" },
    // Takes minutes, and prints figures: `npm run cluster`.
    { name: "cluster", testDir: "cluster" },
  ],
});
