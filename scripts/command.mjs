/**
 * Runs another program and waits for it.
 *
 * Promises: never throws because the program failed, so that a test run can go on and count it; a program
 * that could not be started counts as failed, with the reason in its output.
 * A program that is still running when this process exits is stopped.
 */
import { spawn } from "node:child_process";
import { root } from "./workspace.mjs";

/** Longer than any step of a test run takes, on a slow machine too. */
const timeLimitMinutes = 30;

/**
 * @typedef {object} Outcome
 * @property {boolean} ok true when the program ended with code 0
 * @property {string} output what it wrote to both streams; empty when `show` was set
 */

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, interruption?: AbortSignal }} [options] `show` passes
 *   the program's output through as it comes, instead of collecting it; `env` is added to this process's own;
 *   `interruption` interrupts the program, which may take its time to clean up
 * @returns {Promise<Outcome>}
 */
export function run(program, args, { cwd = root, env = {}, show = false, interruption } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
      // npm is a batch file on Windows.
      shell: process.platform === "win32" && program !== process.execPath,
      timeout: timeLimitMinutes * 60_000,
    });
    const stop = () => child.kill();
    process.once("exit", stop);
    const interrupt = () => child.kill("SIGINT");
    interruption?.addEventListener("abort", interrupt, { once: true });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", (error) => resolve({ ok: false, output: `${program}: ${error.message}` }));
    child.on("close", (code, signal) => {
      process.off("exit", stop);
      interruption?.removeEventListener("abort", interrupt);
      const ending =
        signal === null
          ? ""
          : `\n${program} was stopped by ${signal}; ${timeLimitMinutes} minutes are the limit.`;
      resolve({ ok: code === 0, output: output + ending });
    });
  });
}

/**
 * Runs a script with the Node that runs this one.
 *
 * @param {string} script path of a JavaScript or TypeScript file
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runNode(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}
