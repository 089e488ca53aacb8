/**
 * Hands this process over to another program, as `exec` would.
 *
 * Promises: the program has this one's terminal and gets its signals; it is stopped when this process's
 * parent is gone; this process ends when the program does, with the same exit code (128 + its number after
 * a signal).
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/** @type {NodeJS.Signals[]} */
const handedOn = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
export function handOver(program, args, { cwd, env }) {
  const child = spawn(program, args, { cwd, env, stdio: "inherit" });
  for (const signal of handedOn) {
    process.on(signal, () => child.kill(signal));
  }
  // npm runs a script through a shell, which dies of a signal without passing it on: nobody would stop a server.
  const parent = process.ppid;
  const isOrphan = () => process.ppid !== parent;
  setInterval(() => isOrphan() && child.kill("SIGTERM"), 500).unref();

  child.on("error", (error) => {
    process.stderr.write(`${program} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 1 : constants.signals[signal]));
  });
}
