/** Hono. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { SessionServer } from "@lockstep/server";
import { Hono } from "hono";
import { from } from "./client-address.js";

/** @param findUser the id of the user whose name and password these are */
export function createApp(sessions: SessionServer, findUser: (form: unknown) => Promise<string | null>) {
  const app = new Hono<{ Variables: { userId: string } }>();

  app.use(async (context, next) => {
    from(getConnInfo(context).remote.address, context.req.raw);
    return next();
  });

  app.all("/session/*", ({ req }) => sessions.handler(req.raw));

  app.post("/sign-in", async ({ req, text }) => {
    const userId = await findUser(await req.json());
    return userId === null ? text("Wrong name or password", 403) : sessions.start(req.raw, { userId });
  });

  app.use("/api/*", async (context, next) => {
    const check = await sessions.verify(context.req.raw);
    if (!check.ok) return check.response;
    context.set("userId", check.session.userId);
    return next();
  });

  app.get("/api/me", ({ json, var: { userId } }) => json({ userId }));

  return app;
}
