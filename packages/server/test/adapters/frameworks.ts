import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import type { SessionServer } from "../../src/index.js";
import { createApp as createExpressApp } from "../recipes/express.js";
import { createApp as createFastifyApp } from "../recipes/fastify.js";
import { createApp as createHonoApp } from "../recipes/hono.js";
import { createApp as createNodeApp } from "../recipes/node-http.js";

/** An application that listens on a free port of the loopback interface. */
export interface Application {
  readonly address: string;
  readonly server: Server;
  /** Stops as the framework does: resolves when the last answer has gone out. */
  readonly stop: () => Promise<void>;
}

async function findUser(form: unknown): Promise<string | null> {
  const { name } = form as { name?: unknown };
  return name === "ada" ? name : null;
}

export async function listen(started: ServerType, stop?: () => Promise<void>): Promise<Application> {
  // Without options it is made by `http.createServer`.
  const server = started as Server;
  if (!server.listening)
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  return { address: `http://127.0.0.1:${port}`, server, stop: stop ?? close };
}

/** The recipes, each in its framework. */
export const frameworks: Readonly<Record<string, (sessions: SessionServer) => Promise<Application>>> = {
  "Node's http": (sessions) => listen(createNodeApp(sessions, findUser)),
  Hono: (sessions) => {
    const { fetch } = createHonoApp(sessions, findUser);
    return listen(createAdaptorServer({ fetch, overrideGlobalObjects: false }));
  },
  Express: (sessions) => listen(createServer(createExpressApp(sessions, findUser))),
  Fastify: async (sessions) => {
    const app = createFastifyApp(sessions, findUser);
    await app.listen({ host: "127.0.0.1", port: 0 });
    return listen(app.server, async () => app.close());
  },
};
