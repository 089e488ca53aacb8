import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";

/**
 * Ends a server with all of its connections, if it has not ended. One that a browser opened ahead of any request counts as
 * busy, and one that is still being encrypted is none of the server's connections before it is.
 */
export async function endServer(server: HttpServer | HttpsServer): Promise<void> {
  const ended = new Promise<void>((resolve) => void server.close(() => resolve()));
  server.closeAllConnections();
  const cutting = setInterval(() => server.closeAllConnections(), 20);
  await ended;
  clearInterval(cutting);
}
