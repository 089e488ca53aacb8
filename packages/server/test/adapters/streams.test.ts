import { once } from "node:events";
import { Agent, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createMemoryStore } from "../../src/index.js";
import { createWorld, ORIGIN, readAnswer, request } from "../world.js";
import { frameworks, type Application } from "./frameworks.js";
import { headOf, open } from "./visitor.js";

const path = "/session/events";
const attempt = JSON.stringify({ attempt: "a" });
const chunkBytes = 65_536;
/** More than two sockets and two runtimes ever hold for a reader who does not read. */
const supplyBytes = 64 * 1024 * 1024;
const mostHeldBytes = 32 * 1024 * 1024;

/** The server's end of an open answer. */
interface Source {
  readonly response: Response;
  readonly say: (text: string) => void;
  readonly end: () => void;
  /** Resolves when the stream is cancelled, with the moment. */
  readonly cancelled: Promise<number>;
}

function createSource(): Source {
  let tellCancelled: (at: number) => void;
  const cancelled = new Promise<number>((resolve) => (tellCancelled = resolve));
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (created) => void (controller = created),
    cancel: () => tellCancelled(performance.now()),
  });
  return {
    response: new Response(body, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" },
    }),
    say: (text) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
    cancelled,
  };
}

async function readChunk(answer: IncomingMessage): Promise<string> {
  return new Promise((resolve) => void answer.once("data", (chunk) => resolve(String(chunk))));
}

const ended = (answer: IncomingMessage): Promise<boolean> =>
  new Promise((resolve) => void answer.once("close", () => resolve(answer.complete)).resume());

describe.each(Object.entries(frameworks))("a stream on %s", (_name, start) => {
  let app: Application;
  afterEach(async () => {
    app.server.closeAllConnections();
    await app.stop();
  });

  async function serve(response: Response): Promise<void> {
    app = await start({ ...createWorld().server, handler: async () => response });
  }

  async function openStream() {
    const source = createSource();
    await serve(source.response);
    return { source, answer: await headOf(open(app.address, path).end()) };
  }

  test("H7: has its head before it says anything, and each word at once", async () => {
    const { source, answer } = await openStream();
    expect(answer.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
    });
    for (const word of ["retry: 2000\n\n", ":\n\n", "event: ended\ndata: {}\n\n"]) {
      // The next one is said when this one was heard: whoever held it back would hold it for ever.
      const heard = readChunk(answer);
      source.say(word);
      expect(await heard).toBe(word);
    }
  });

  test("is cancelled when its reader goes, though nothing is being said", async () => {
    const { source, answer } = await openStream();
    const gone = performance.now();
    answer.destroy();
    expect((await source.cancelled) - gone).toBeLessThan(1000);
  });

  test("ends for its reader when the server ends it", async () => {
    const { source, answer } = await openStream();
    source.end();
    expect(await ended(answer)).toBe(true);
  });

  test("waits for a reader who does not read, and holds little meanwhile", async () => {
    let pulledBytes = 0;
    let pulledAt = performance.now();
    await serve(
      new Response(
        new ReadableStream({
          pull: (controller) => {
            pulledAt = performance.now();
            if (pulledBytes === supplyBytes) return controller.close();
            pulledBytes += chunkBytes;
            return controller.enqueue(new Uint8Array(chunkBytes));
          },
        }),
      ),
    );
    const answer = await headOf(open(app.address, path).end());
    const hasPaused = (): boolean => pulledBytes === supplyBytes || performance.now() - pulledAt > 250;
    await vi.waitUntil(hasPaused, { timeout: 20_000 });
    expect(pulledBytes).toBeLessThan(mostHeldBytes);
    let readBytes = 0;
    answer.on("data", (chunk: Buffer) => (readBytes += chunk.byteLength));
    expect(await ended(answer)).toBe(true);
    expect(readBytes).toBe(supplyBytes);
  });

  test("a server that stops lets it go on until it is ended, and no longer", async () => {
    const { source, answer } = await openStream();
    let hasStopped = false;
    const stopped = app.stop().then(() => (hasStopped = true));
    await expect.poll(() => app.server.listening).toBe(false);
    const heard = readChunk(answer);
    source.say("still here");
    expect([await heard, hasStopped]).toEqual(["still here", false]);
    source.end();
    expect(await ended(answer)).toBe(true);
    await stopped;
  });

  test("R-143: tells of the end of a session, and is over when its server stops", async () => {
    const world = createWorld({ publicOrigin: ORIGIN });
    app = await start(world.server);
    const listen = async (bearer: string): Promise<IncomingMessage> =>
      headOf(open(app.address, path, "GET", { authorization: `Bearer ${bearer}` }).end());
    const signIn = async () => readAnswer(await world.server.start(request("/sign-in"), { userId: "ada" }));
    const [first, second] = [(await signIn()).body, (await signIn()).body];
    const told = text(await listen(first.access_token));
    const other = await listen(second.access_token);
    await world.server.revokeSession(first.session.id);
    expect(await told).toContain("event: ended");
    const stopped = app.stop();
    world.server.closeStreams();
    expect(await ended(other)).toBe(true);
    await stopped;
  });

  test("R-143: a server that stops does not wait for the connection of a stream that is kept for another request", async () => {
    const world = createWorld({ publicOrigin: ORIGIN });
    app = await start(world.server);
    const { body } = await readAnswer(await world.server.start(request("/sign-in"), { userId: "ada" }));
    const headers = { authorization: `Bearer ${body.access_token}` };
    const agent = new Agent({ keepAlive: true });
    const told = text(await headOf(open(app.address, path, "GET", headers, agent).end()));
    const askedAt = performance.now();
    const stopped = app.stop();
    world.server.closeStreams();
    await told;
    await stopped;
    // As long as Node keeps an idle connection.
    expect(performance.now() - askedAt).toBeLessThan(app.server.keepAliveTimeout / 2);
    agent.destroy();
  });

  test("R-143: who asks a server that stops for a stream, over a connection that was busy, does not keep it from ending", async () => {
    const memory = createMemoryStore();
    let proceed: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (proceed = resolve));
    const store = { ...memory, read: async (id: string) => held.then(async () => memory.read(id)) };
    const world = createWorld({ publicOrigin: ORIGIN, store });
    app = await start(world.server);
    const member = await world.member();
    const headers = { cookie: [...member.jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const refreshed = headOf(open(app.address, "/session/refresh", "POST", headers, agent).end(attempt));
    await once(app.server, "request");
    const stopped = app.stop();
    world.server.closeStreams();
    proceed?.();
    expect(await text(await refreshed)).toContain("access_token");
    const again = await headOf(open(app.address, path, "GET", headers, agent).end()).then(
      (answer) => `${answer.resume().statusCode} ${answer.headers.connection}`,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    // Fastify says with the answer before that it closes.
    expect(["503 close", "ECONNREFUSED"]).toContain(again);
    await stopped;
    agent.destroy();
  });

  test("a server that closes all connections cancels it", async () => {
    const { source, answer } = await openStream();
    const stopped = app.stop();
    app.server.closeAllConnections();
    await Promise.all([source.cancelled, stopped]);
    expect(await ended(answer)).toBe(false);
  });
});

test("Fastify closes the event streams by itself when it closes", async () => {
  const world = createWorld();
  const source = createSource();
  const closeStreams = (): void => source.end();
  const app = await frameworks["Fastify"]?.({
    ...world.server,
    closeStreams,
    handler: async () => source.response,
  });
  const answer = await headOf(open(app?.address ?? "", path).end());
  await app?.stop();
  expect(await ended(answer)).toBe(true);
});
