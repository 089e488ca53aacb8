/** One service: server processes on one store, behind a proxy that takes turns, behind one that ends TLS. */
import { fork, type ChildProcess } from "node:child_process";
import { connect, type AddressInfo, type Socket } from "node:net";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import type { SecurityEvent } from "@lockstep/server";
import { startProxy } from "../../examples/cluster/proxy.js";
import { makeSecrets } from "../../examples/cluster/settings.js";
import type { TestService } from "../../packages/server/test/services/guarded-server.js";
import { startPostgres } from "../../packages/server/test/services/postgres.js";
import {
  postgresProgram,
  redisProgram,
  type ServiceProgram,
} from "../../packages/server/test/services/programs.js";
import { startRedis } from "../../packages/server/test/services/redis.js";
import { bundleScripts } from "../support/bundle.js";
import { createCertificate } from "../support/certificate.js";
import { htmlOf } from "../support/pages.js";
import type { PageFiles, Report } from "./server-process.js";
import { createStreamBook, type StreamBook } from "./streams.js";

export type StoreName = "postgres" | "redis";

interface Store {
  readonly program: ServiceProgram;
  /** Names its address for `examples/cluster/stores.ts`. */
  readonly variable: string;
  readonly start: () => Promise<TestService>;
}

/** Both keep what they acknowledged when they are killed. */
export const stores: Readonly<Record<StoreName, Store>> = {
  postgres: { program: postgresProgram, variable: "DATABASE_URL", start: async () => startPostgres() },
  redis: {
    program: redisProgram,
    variable: "REDIS_URL",
    start: async () => startRedis({ persistent: true }),
  },
};

export interface ServerProcess {
  readonly id: number;
  /** Its own, past the proxies. */
  readonly address: string;
}

export interface ServiceOptions {
  /** Of access tokens. */
  readonly lifetimeSeconds: number;
  /** 0 is a server that forgives nothing. */
  readonly graceSeconds: number;
}

export interface Service {
  /** What browsers have in their address bar. */
  readonly origin: string;
  readonly database: TestService;
  readonly streams: StreamBook;
  /** All that the processes have reported. */
  readonly events: readonly SecurityEvent[];
  /** Processes that ended though nobody killed them, and what they said. */
  readonly crashes: readonly string[];
  /** Those that listen. */
  processes(): readonly ServerProcess[];
  /** Starts one more; resolves when it listens. */
  add(): Promise<void>;
  /** Kills one, as a power cut would. */
  kill(process: ServerProcess): void;
  close(): Promise<void>;
}

const script = fileURLToPath(new URL("server-process.ts", import.meta.url));
const tls = createCertificate();

async function readPage(): Promise<PageFiles> {
  const html = htmlOf("/", new URLSearchParams()) ?? "";
  const files = [...(await bundleScripts())].map(
    ([path, text]) => [path, { type: "text/javascript", text }] as const,
  );
  return { ...Object.fromEntries(files), "/": { type: "text/html; charset=utf-8", text: html } };
}

/** Ends TLS and hands on what was in it, byte by byte. */
async function startTlsEnd(port: number): Promise<{ readonly origin: string; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer(tls, (outside) => {
    const inside = connect(port, "localhost");
    const pair = [outside, inside] as const;
    for (const [one, other] of [pair, [inside, outside] as const]) {
      sockets.add(one);
      one.pipe(other);
      // If one side breaks off, so does the other.
      one.on("error", () => other.destroy());
      one.once("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Starts the database, two server processes and the proxies. */
export async function startService(name: StoreName, options: ServiceOptions): Promise<Service> {
  const { start, variable } = stores[name];
  const database = await start();
  const running = new Map<ChildProcess, ServerProcess>();
  const children = new Set<ChildProcess>();
  const events: SecurityEvent[] = [];
  const crashes: string[] = [];
  const streams = createStreamBook();
  const proxy = await startProxy(0, () => [...running.values()].map(({ address }) => new URL(address)));
  const front = await startTlsEnd(Number(new URL(proxy.url).port));
  const files = await readPage();
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...(await makeSecrets()),
    STORE: name,
    [variable]: database.url,
    PUBLIC_ORIGIN: front.origin,
    LIFETIME_SECONDS: String(options.lifetimeSeconds),
    GRACE_SECONDS: String(options.graceSeconds),
  };

  function hear(child: ChildProcess, message: Report): void {
    const { pid: id = 0 } = child;
    if (message.kind === "listening") running.set(child, { id, address: `http://127.0.0.1:${message.port}` });
    else if (message.kind === "event") events.push(message.event);
    else if (message.isOpen) streams.opened(message.browser, id, message.stream, message.at);
    else streams.closed(id, message.stream, message.at);
  }

  async function add(): Promise<void> {
    const child = fork(script, { env, execArgv: [], stdio: ["ignore", "inherit", "pipe", "ipc"] });
    children.add(child);
    let complaints = "";
    child.stderr?.on("data", (chunk) => (complaints += String(chunk)));
    await new Promise<void>((resolve, reject) => {
      child.on("message", (message: Report) => {
        hear(child, message);
        if (message.kind === "listening") resolve();
      });
      // Not `exit`: it may still have something to say then.
      child.once("close", (code, signal) => {
        children.delete(child);
        running.delete(child);
        streams.died(child.pid ?? 0, Date.now());
        const end = `A server process ended (${signal ?? code}): ${complaints}`;
        if (signal === null) crashes.push(end);
        reject(new Error(end));
      });
      child.send(files);
    });
  }

  const service: Service = {
    origin: front.origin,
    database,
    streams,
    events,
    crashes,
    processes: () => [...running.values()],
    add,
    kill({ id }) {
      const child = [...running.keys()].find(({ pid }) => pid === id);
      if (child === undefined) throw new Error(`There is no process ${id}.`);
      streams.died(id, Date.now());
      running.delete(child);
      child.kill("SIGKILL");
    },
    async close() {
      front.close();
      proxy.server.close();
      proxy.server.closeAllConnections();
      const ended = [...children].map(
        async (child) => new Promise((resolve) => child.once("close", resolve)),
      );
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(ended);
      await database.stop();
    },
  };
  try {
    await Promise.all([add(), add()]);
  } catch (error) {
    await service.close();
    throw error;
  }
  return service;
}
