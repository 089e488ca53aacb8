import { createServer } from "node:http";
import { createAdaptorServer, getRequestListener } from "@hono/node-server";
import express, { type Request as Incoming } from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import { afterEach, describe, expect, test } from "vitest";
import type { SessionServer } from "../../src/index.js";
import { createWorld, ORIGIN, type World } from "../world.js";
import { listen, type Application } from "./frameworks.js";
import { createVisitor } from "./visitor.js";

const listenerOf = (sessions: SessionServer) =>
  getRequestListener(sessions.handler, { overrideGlobalObjects: false });

/** What not to do: somebody else reads the body before the handler does. */
const mistakes: Readonly<Record<string, (sessions: SessionServer) => Promise<Application>>> = {
  "express.json()": (sessions) => {
    const app = express();
    app.use(express.json());
    app.all("/session/*path", listenerOf(sessions));
    return listen(createServer(app));
  },
  "Fastify's parser": async (sessions) => {
    const app = fastify();
    app.all("/session/*", async ({ raw }, reply) => {
      reply.hijack();
      await listenerOf(sessions)(raw, reply.raw);
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    return listen(app.server, async () => app.close());
  },
  "a middleware of Hono": (sessions) => {
    const app = new Hono();
    app.use(async ({ req }, next) => {
      await req.json();
      return next();
    });
    app.all("/session/*", ({ req }) => sessions.handler(req.raw));
    return listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }));
  },
};

/** Adds a session to a world, and the browser that holds its cookies to an application. */
async function signIn(world: World, app: Application) {
  const member = await world.member();
  const visitor = createVisitor(app.address);
  for (const [name, value] of member.jar) visitor.jar.set(name, value);
  return { member, visitor };
}

let app: Application;
afterEach(async () => {
  app.server.closeAllConnections();
  await app.stop();
});

describe.each(Object.entries(mistakes))("a body that %s has read", (_name, start) => {
  test.each([
    ["the length is told", {}],
    ["it came in chunks", { "transfer-encoding": "chunked" }],
  ])(
    "is not taken for an empty one, when %s: nobody stays signed in who was to be signed out",
    async (_how, headers) => {
      const world = createWorld({ publicOrigin: ORIGIN });
      app = await start(world.server);
      const { member, visitor } = await signIn(world, app);
      const out = await visitor.send("/session/sign-out", { body: { scope: "all" }, headers });
      expect([out.status, JSON.parse(out.text)]).toMatchObject([400, { error: "invalid_request" }]);
      expect((await member.refresh()).status).toBe(200);
    },
  );
});

describe("in Express", () => {
  test("a body that was read before is read again from `rawBody`", async () => {
    const world = createWorld({ publicOrigin: ORIGIN });
    const server = express();
    server.use(
      express.json({ verify: (incoming, _outgoing, rawBody) => void Object.assign(incoming, { rawBody }) }),
    );
    server.all("/session/*path", listenerOf(world.server));
    app = await listen(createServer(server));
    const { visitor } = await signIn(world, app);
    const elsewhere = await world.member();
    expect((await visitor.send("/session/sign-out", { body: { scope: "all" } })).status).toBe(204);
    expect((await elsewhere.refresh()).status).toBe(401);
  });

  test("`app.use` cuts the path off: `originalUrl` has it", async () => {
    const world = createWorld({ publicOrigin: ORIGIN });
    const server = express();
    const listener = listenerOf(world.server);
    server.use("/session", (incoming: Incoming, outgoing, next) => {
      if (incoming.query["whole"] === undefined) return next();
      incoming.url = incoming.originalUrl;
      return listener(incoming, outgoing);
    });
    server.use("/session", listener);
    app = await listen(createServer(server));
    const { visitor } = await signIn(world, app);
    const body = { attempt: "a" };
    expect((await visitor.send("/session/refresh", { body })).status).toBe(404);
    expect((await visitor.send("/session/refresh?whole", { body })).status).toBe(200);
  });
});
