/** The Next.js example as it is deployed: built, started for production, and behind a proxy that speaks https. */
import { spawn, type ChildProcess } from "node:child_process";
import { request as send } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createCertificate } from "../support/certificate.js";
import { endServer } from "../support/end-server.js";

const folder = fileURLToPath(new URL("../../examples/next/", import.meta.url));
const command = `${folder}node_modules/next/dist/bin/next`;
// The test runner's colours are not for Next.
const { FORCE_COLOR: _, ...own } = process.env;
const env = { ...own, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };

interface Run {
  readonly child: ChildProcess;
  /** What it has said so far. */
  output(): string;
  /** Its exit status; `null` if it was stopped. */
  readonly ended: Promise<number | null>;
}

function runNext(args: readonly string[], variables: Partial<NodeJS.ProcessEnv>): Run {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: { ...env, ...variables } });
  let said = "";
  const hear = (chunk: Buffer): void => void (said += chunk.toString());
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  return { child, output: () => said, ended };
}

/** Builds it into its own `.next`. @returns What Next said. */
export async function buildNext(): Promise<string> {
  const { output, ended } = runNext(["build"], { NODE_ENV: "production" });
  if ((await ended) !== 0) throw new Error(`next build failed: ${output()}`);
  return output();
}

export interface StartedNext {
  readonly url: string;
  output(): string;
  /** Tells it to stop; resolves when it has. */
  stop(): Promise<unknown>;
  /** Ends it, whatever it waits for. */
  kill(): Promise<unknown>;
}

/** `next start` on a free port of the loopback interface. */
export async function startNext(variables: Partial<NodeJS.ProcessEnv>): Promise<StartedNext> {
  const { child, output, ended } = runNext(["start", "--hostname", "localhost", "--port", "0"], variables);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const [, found] = /(http:\/\/localhost:\d+)[^]*Ready/.exec(output()) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`next start ended: ${output()}`)));
  });
  return {
    url,
    output,
    stop() {
      child.kill();
      return ended;
    },
    kill() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** A page of the proxy's own: a link to the application. On another host than the application it is another site. */
export const linkPath = "/link";

export interface HttpsProxy {
  readonly port: number;
  readonly origin: string;
  /** Where requests go. */
  target: string;
  /** Such as `POST /session/refresh`, in the order of their arrival. */
  readonly requests: readonly string[];
  /** How many event streams are open. */
  openStreams(): number;
  close(): Promise<void>;
}

/** The kind of proxy that ends TLS in front of an application, and tells it nothing about that. */
export async function startHttpsProxy(): Promise<HttpsProxy> {
  const requests: string[] = [];
  let streams = 0;
  const server: Server = createServer(createCertificate(), (incoming, outgoing) => {
    const { method, headers, url = "/" } = incoming;
    requests.push(`${method} ${url}`);
    if (url === linkPath) {
      outgoing.setHeader("content-type", "text/html");
      return outgoing.end(`<!doctype html><link rel=icon href=data:,><a href="${proxy.origin}/">Notes</a>`);
    }
    const onwards = send(`${proxy.target}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
      if (!answer.headers["content-type"]?.startsWith("text/event-stream")) return;
      streams += 1;
      outgoing.once("close", () => (streams -= 1));
    });
    onwards.on("error", () => outgoing.destroy());
    // Who is gone waits for nothing, and the application hears of it.
    outgoing.once("close", () => onwards.destroy());
    return incoming.pipe(onwards);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: HttpsProxy = {
    port,
    origin: `https://localhost:${port}`,
    target: "",
    requests,
    openStreams: () => streams,
    close: () => endServer(server),
  };
  return proxy;
}
