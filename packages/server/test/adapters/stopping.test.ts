import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { generateSigningKey, type GrantBody } from "../../src/index.js";
import { createApp as createFastifyApp } from "../recipes/fastify.js";
import { createWorld, ORIGIN } from "../world.js";
import { headOf, open, readReply, type Reply } from "./visitor.js";

const example = fileURLToPath(new URL("../../../../examples/cluster/server.ts", import.meta.url));
const sources = new URL("../fixtures/from-source.mjs", import.meta.url).href;
const login = JSON.stringify({ name: "ada", password: "demo" });

const folder = mkdtempSync(join(tmpdir(), "lockstep-stopping-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.useRealTimers());

async function startServer(): Promise<ChildProcess> {
  return fork(example, {
    silent: true,
    env: {
      ...process.env,
      NODE_OPTIONS: `--import=${sources} --no-warnings`,
      STORE: "sqlite",
      SQLITE_PATH: join(folder, "sessions.db"),
      PUBLIC_ORIGIN: ORIGIN,
      SIGNING_KEYS: JSON.stringify([await generateSigningKey()]),
      EVENT_SALT: "salt",
      PORT: "0",
    },
  });
}

test("a server process of examples/cluster that is told to stop closes its store and ends well, though a proxy keeps its connections busy", async () => {
  const server = await startServer();
  const [{ port }] = (await once(server, "message")) as [{ readonly port: number }];
  const address = `http://127.0.0.1:${port}`;
  // As a proxy's: used for one request after the other.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const signIn = async (): Promise<Reply> =>
    readReply(open(address, "/sign-in", "POST", { "content-type": "application/json" }, agent).end(login));
  const grant = JSON.parse((await signIn()).text) as GrantBody;
  const headers = { authorization: `Bearer ${grant.access_token}` };
  const told = text(
    await headOf(open(address, "/session/events", "GET", headers, new Agent({ keepAlive: true })).end()),
  );
  const signInAgain = (): Promise<void> => signIn().then(signInAgain, () => undefined);
  const busy = signInAgain();
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  // It gives up with 1 if requests or streams do not let it go.
  expect(await exited).toEqual([0, null]);
  await Promise.all([busy, told]);
  agent.destroy();
});

/** A connection on which nothing is asked, as a browser opens them ahead of its requests. */
async function connectAhead(port: number): Promise<Socket> {
  const ahead = connect(port, "127.0.0.1");
  await once(ahead, "connect");
  // It was accepted before this one, which is answered.
  await readReply(open(`http://127.0.0.1:${port}`, "/api/me", "GET", {}, new Agent()).end());
  return ahead;
}

test("a server process of examples/cluster ends well though a browser holds a connection on which it has asked nothing", async () => {
  const server = await startServer();
  const [{ port }] = (await once(server, "message")) as [{ readonly port: number }];
  const ahead = await connectAhead(port);
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  ahead.destroy();
});

test("the recipe for Fastify ends well though a browser holds a connection on which it has asked nothing", async () => {
  const app = createFastifyApp(createWorld().server, async () => null);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const ahead = await connectAhead((app.server.address() as AddressInfo).port);
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const closed = app.close();
  await vi.waitUntil(() => !app.server.listening);
  vi.advanceTimersByTime(5_000);
  await expect(closed).resolves.toBeUndefined();
  ahead.destroy();
});
