/** Event streams by the thousand on one process: in-process, and over TCP where the system allows so many descriptors. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Two heartbeats. */
const IDLE_MS = 30_000;

/** Descriptors that a process needs beside its streams. */
const OTHER_DESCRIPTORS = 200;

/**
 * @param {object} plan
 * @param {number} plan.streams
 * @param {string | null} plan.url of a PostgreSQL server
 * @param {number} [plan.idleMs]
 * @param {(line: string) => void} plan.say
 */
export async function measureStreams({ streams, url, idleMs = IDLE_MS, say }) {
  const figures = [];
  const left = [];
  for (const storeName of url === null ? ["memory"] : ["memory", "PostgreSQL"]) {
    for (const transport of ["in-process", "http"]) {
      if (transport === "http" && streams + OTHER_DESCRIPTORS > openFilesLimit()) {
        left.push(`${storeName} over http: this system allows ${openFilesLimit()} descriptors a process`);
        continue;
      }
      figures.push(await measureOne({ streams, url, idleMs, storeName, transport }));
      say(`${streams} streams, ${storeName}, ${transport}: done`);
    }
  }
  return { figures, left };
}

async function measureOne(plan) {
  const script = fileURLToPath(new URL("stream-server.mjs", import.meta.url));
  const child = fork(script, { stdio: "inherit", execArgv: ["--expose-gc"] });
  child.send(plan);
  const [{ figures, failure }] = await once(child, "message");
  await once(child, "exit");
  if (failure !== undefined) throw new Error(failure);
  return figures;
}

function openFilesLimit() {
  const { soft } = process.report.getReport().userLimits?.open_files ?? { soft: 1024 };
  return soft === "unlimited" ? Infinity : Number(soft);
}
