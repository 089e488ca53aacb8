/**
 * The real-browser tests: many tabs of one Chromium profile against a real, strict session server on https.
 *
 * No test is ever tried again, and none is skipped. One worker: the tests measure who asks the server what.
 */
import { defineConfig } from "@playwright/test";

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
  use: {
    browserName: "chromium",
    ignoreHTTPSErrors: true,
    launchOptions: {
      executablePath: process.env["CHROMIUM_BIN"] ?? "/usr/bin/chromium",
      // A host that is no secure context: plain http, and not by a name of the loopback.
      args: ["--host-resolver-rules=MAP app.test 127.0.0.1"],
    },
  },
});
