/** `npm start`: several server processes and the proxy in front of them. Ctrl+C ends all. */
import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startProxy } from "./proxy.ts";
import { makeSecrets, type Settings } from "./settings.ts";
import { storeNames } from "./stores.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "sqlite" },
    processes: { type: "string", default: "2" },
    port: { type: "string", default: "4700" },
  },
});
if (!storeNames.includes(values.store)) {
  console.error(`--store must be one of ${storeNames.join(", ")}.`);
  process.exit(2);
}

const data = join(import.meta.dirname, ".data");
mkdirSync(data, { recursive: true, mode: 0o700 });

const listening = new Map<ChildProcess, URL>();
const running = new Set<ChildProcess>();
let isStopping = false;

const { url, server: proxy } = await startProxy(Number(values.port), () => [...listening.values()]);

const settings: Settings = {
  STORE: values.store,
  PUBLIC_ORIGIN: process.env["PUBLIC_ORIGIN"] ?? url,
  ...(await makeSecrets()),
};
const env = { SQLITE_PATH: join(data, "sessions.db"), ...process.env, ...settings, PORT: "0" };

/** Resolves when it listens. One that dies later is replaced. */
async function startServer(): Promise<void> {
  const child = fork(join(import.meta.dirname, "server.ts"), { env });
  running.add(child);
  await new Promise<void>((resolve, reject) => {
    child.once("message", ({ port }: { readonly port: number }) => {
      listening.set(child, new URL(`http://127.0.0.1:${port}`));
      console.log(`Process ${child.pid} listens.`);
      resolve();
    });
    child.once("exit", (code, signal) => {
      running.delete(child);
      // One that could not close its store says so.
      if (isStopping) {
        if (code !== 0) process.exitCode = 1;
        return;
      }
      console.log(`Process ${child.pid} ended (${signal ?? code}).`);
      if (!listening.delete(child)) reject(new Error("A server could not start."));
      else startServer().catch(stop);
    });
  });
}

function stop(cause?: unknown): void {
  if (isStopping) return;
  isStopping = true;
  if (cause instanceof Error) {
    console.error(cause.message);
    process.exitCode = 1;
  }
  proxy.close();
  for (const child of running) child.kill("SIGTERM");
  if (process.connected) process.disconnect();
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop());
process.on("disconnect", () => stop());

try {
  await Promise.all(Array.from({ length: Number(values.processes) }, startServer));
  console.log(`Open for requests: ${url} (store: ${values.store}). Stop with Ctrl+C.`);
} catch (cause) {
  stop(cause);
}
