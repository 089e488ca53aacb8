/** Express 5. */
import { getRequestListener } from "@hono/node-server";
import type { SessionServer } from "@lockstep/server";
import express, { type Express, type Request as Incoming, type Response as Outgoing } from "express";
import { from } from "./client-address.js";

/** Answers as a fetch-standard function says. */
async function send(incoming: Incoming, outgoing: Outgoing, answer: (request: Request) => Promise<Response>) {
  const listener = getRequestListener((request) => answer(from(incoming.ip, request)), {
    overrideGlobalObjects: false,
  });
  await listener(incoming, outgoing);
}

/** @param findUser the id of the user whose name and password these are */
export function createApp(
  sessions: SessionServer,
  findUser: (form: unknown) => Promise<string | null>,
): Express {
  const app = express();

  // Before anything that reads bodies; and not with `app.use`, which cuts the path off.
  app.all("/session/*path", (incoming, outgoing) => send(incoming, outgoing, sessions.handler));

  app.use(express.json());

  app.post("/sign-in", async (incoming, outgoing) => {
    const userId = await findUser(incoming.body);
    if (userId === null) return void outgoing.status(403).send("Wrong name or password");
    return send(incoming, outgoing, (request) => sessions.start(request, { userId }));
  });

  app.use("/api", async (incoming, outgoing, next) => {
    // It looks at the headers only.
    const request = new Request("http://localhost", { headers: incoming.headers as Record<string, string> });
    const check = await sessions.verify(request);
    if (!check.ok) return send(incoming, outgoing, async () => check.response);
    outgoing.locals["userId"] = check.session.userId;
    return next();
  });

  app.get("/api/me", (_incoming, outgoing) => void outgoing.json({ userId: outgoing.locals["userId"] }));

  return app;
}
