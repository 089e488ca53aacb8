import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../../../../examples/cluster/start.ts", import.meta.url));
const sources = new URL("../fixtures/from-source.mjs", import.meta.url).href;

export interface ClusterOptions {
  readonly store: string;
  /** Where that is. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `examples/cluster`, as its README starts it. */
export interface Cluster {
  /** Of the proxy. */
  readonly address: string;
  /** The server processes that have said so far that they listen, dead ones included. */
  readonly started: () => readonly number[];
  readonly said: () => string;
  readonly exited: Promise<number | null>;
  /** Ends it, if it runs. */
  readonly stop: () => Promise<void>;
}

function textOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  return () => text;
}

/** It ends with this process: it hears when the connection between them closes. */
export async function startCluster({ store, environment }: ClusterOptions): Promise<Cluster> {
  const child = fork(example, ["--port", "0", "--store", store], {
    silent: true,
    env: {
      ...process.env,
      NODE_ENV: "test",
      NODE_OPTIONS: `--import=${sources}`,
      ...environment,
    },
  });
  const said = textOf(child);
  const exited = new Promise<number | null>((resolve) => void child.once("close", resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const [, url] = /^Open for requests: (\S+)/m.exec(said()) ?? [];
      if (url !== undefined) resolve(url);
    });
    void exited.then(() => reject(new Error(said())));
  });
  return {
    address,
    said,
    exited,
    started: () => [...said().matchAll(/^Process (\d+) listens/gm)].map(([, id]) => Number(id)),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
