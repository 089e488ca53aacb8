/**
 * Starts one of the repository's tasks from nothing: `node scripts/run.mjs <task> [arguments]`.
 *
 * Promises: needs only Node 20 and npm; installs the workspace when it is not current, and costs
 * milliseconds when it is; runs `scripts/<task>.mjs` with the workspace's own Node and tools; hands on
 * arguments, signals and the exit code. A failure to begin says what to do about it.
 */
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode } from "./find-node.mjs";
import { handOver } from "./hand-over.mjs";
import { installWorkspace } from "./install-workspace.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The tasks that a developer starts by name. */
const tasks = [
  "bench",
  "bench-server",
  "build",
  "check-size",
  "cluster",
  "demo",
  "mutation",
  "outage",
  "renders",
  "sabotage",
  "sim",
  "test",
];

const [task, ...args] = process.argv.slice(2);
if (task === undefined || !tasks.includes(task)) {
  stop(`Unknown task ${task === undefined ? "(none)" : `"${task}"`}. The tasks are: ${tasks.join(", ")}.`);
}
try {
  installWorkspace(root);
  start(findNode(root));
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}

/** @param {string} node path of the executable */
function start(node) {
  const path = [dirname(node), join(root, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  const script = join(root, "scripts", `${task}.mjs`);
  handOver(node, [script, ...args], { cwd: root, env: { ...process.env, PATH: path } });
}

/**
 * @param {string} reason
 * @returns {never}
 */
function stop(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
