/** Fastify 5. */
import { getRequestListener } from "@hono/node-server";
import type { SessionServer } from "@lockstep/server";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { from } from "./client-address.js";

/** Answers as a fetch-standard function says. */
async function send(
  { raw, ip }: FastifyRequest,
  reply: FastifyReply,
  answer: (request: Request) => Promise<Response>,
) {
  reply.hijack();
  const listener = getRequestListener((request) => answer(from(ip, request)), {
    overrideGlobalObjects: false,
  });
  await listener(raw, reply.raw);
}

/** @param findUser the id of the user whose name and password these are */
export function createApp(
  sessions: SessionServer,
  findUser: (form: unknown) => Promise<string | null>,
): FastifyInstance {
  const app = fastify();

  // `close` would wait for event streams, which have no end of their own, and for connections on which nothing is asked;
  // after `pluginTimeout`, which is ten seconds, it fails.
  app.addHook("preClose", async () => {
    sessions.closeStreams();
    setTimeout(() => app.server.closeAllConnections(), 5_000).unref();
  });

  // A scope of its own, in which nobody reads bodies: the handler does that.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    scope.all("/session/*", (request, reply) => send(request, reply, sessions.handler));
  });

  app.post("/sign-in", async (request, reply) => {
    const userId = await findUser(request.body);
    if (userId === null) return reply.code(403).send("Wrong name or password");
    return send(request, reply, (standard) => sessions.start(standard, { userId }));
  });

  app.get("/api/me", async ({ headers }, reply) => {
    // It looks at the headers only.
    const request = new Request("http://localhost", { headers: headers as Record<string, string> });
    const check = await sessions.verify(request);
    return check.ok ? { userId: check.session.userId } : reply.send(check.response);
  });

  return app;
}
