/** `/session/refresh`, `/session/sign-out`, `/session/events` and so on: all of them are answered by the session server. */
import { sessionServer } from "../../../lib/session-server.ts";

async function answer(request: Request): Promise<Response> {
  const sessions = await sessionServer();
  return sessions.handler(request);
}

export { answer as GET, answer as POST, answer as DELETE, answer as OPTIONS };
