// Runs a database server for a test, and takes it away, folder and all, when the test's process ends, however that ends.
// The process of the test cannot do that itself: who is killed does nothing more.
import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";

const [, , folder] = process.argv;

/** @type {import("node:child_process").ChildProcess | undefined} */
let server;

process.on("message", ({ start, signal }) => {
  if (start !== undefined) run(start);
  else if (signal === "SIGKILL") void killTree();
  else server?.kill(signal);
});

process.on("disconnect", () => {
  void killTree().then(() => {
    rmSync(folder, { recursive: true, force: true });
    process.exit();
  });
});

function run({ program, args, identity, ready }) {
  let output = "";
  let isReady = false;
  const child = spawn(program, args, {
    ...identity,
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  server = child;
  const read = (text) => {
    if (isReady) return;
    output += text;
    if (ready === null || !output.includes(ready)) return;
    isReady = true;
    tell({ ready: true });
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  child.on("error", (error) => tell({ exited: { code: null, output: String(error) } }));
  child.on("exit", (code) => {
    server = undefined;
    tell({ exited: { code, output } });
  });
}

function tell(message) {
  if (process.connected) process.send(message);
}

/** PostgreSQL's children outlive it for a moment, and no new one starts on the data until they are gone. */
async function killTree() {
  if (server === undefined) return;
  const { pid } = server;
  const processes = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [pid, ...processes.filter(([, parent]) => parent === pid).map(([child]) => child)];
  for (const one of tree) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // It was faster.
    }
  }
  while (tree.some(runs)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Whether a process still holds anything: a zombie holds nothing. */
function runs(pid) {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return false;
  }
}
