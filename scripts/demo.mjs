/**
 * Runs the demo: `npm run demo`; its arguments go to `examples/demo/server.ts`.
 *
 * Promises: what is served was built from the present sources. With `--check` a Chromium is found or fetched
 * and `examples/demo/check.ts` uses the demo in it as a visitor would; the exit code is that file's.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOrInstallChromium } from "./browser.mjs";
import { build, isBuildStale } from "./build.mjs";
import { printCheck } from "./checks.mjs";
import { handOver } from "./hand-over.mjs";
import { root } from "./workspace.mjs";

const args = process.argv.slice(2);
const checking = args.includes("--check");
const script = join(root, "examples", "demo", checking ? "check.ts" : "server.ts");

const built = isBuildStale() ? await build() : [];
if (built.some(({ ok }) => !ok)) {
  built.forEach(printCheck);
  process.exit(1);
}
if (!existsSync(script)) {
  console.error(`${script} does not exist.`);
  process.exit(1);
}
const env = checking ? { ...process.env, CHROMIUM_BIN: await findOrInstallChromium() } : process.env;
const scriptArgs = args.filter((argument) => argument !== "--check");
handOver(process.execPath, [script, ...scriptArgs], { cwd: root, env });
