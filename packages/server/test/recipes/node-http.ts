/** Node's own `http`. */
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import type { SessionServer } from "@lockstep/server";
import { from } from "./client-address.js";

/** @param findUser the id of the user whose name and password these are */
export function createApp(
  sessions: SessionServer,
  findUser: (form: unknown) => Promise<string | null>,
): ServerType {
  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/session/")) return sessions.handler(request);
    if (pathname === "/sign-in" && request.method === "POST") {
      const userId = await findUser(await request.json());
      if (userId === null) return new Response("Wrong name or password", { status: 403 });
      return sessions.start(request, { userId });
    }
    const check = await sessions.verify(request);
    return check.ok ? Response.json({ userId: check.session.userId }) : check.response;
  }

  return createAdaptorServer({
    fetch: (request, { incoming }) => answer(from(incoming.socket.remoteAddress, request)),
    overrideGlobalObjects: false,
  });
}
