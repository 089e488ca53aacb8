import type { SessionServer } from "@lockstep/server";
import type { Server, Socket } from "socket.io";

/** Lets a socket in with a good token, and keeps it for as long as its newest token is good. */
export function guardSockets(io: Server, sessions: SessionServer): void {
  async function accept(socket: Socket, token: unknown): Promise<void> {
    const headers = { authorization: `Bearer ${String(token)}` };
    const request = new Request("https://socket.invalid", { headers });
    const check = await sessions.verify(request, { checkRevocation: true });
    const data = socket.data as { sessionId?: string; userId?: string; expiry?: NodeJS.Timeout };
    if (!check.ok) throw new Error("unauthorised");
    const { sessionId, userId, expiresAt } = check.session;
    if (sessionId !== (data.sessionId ?? sessionId)) throw new Error("another session");
    clearTimeout(data.expiry);
    const expiry = setTimeout(() => socket.disconnect(true), expiresAt * 1000 - Date.now());
    Object.assign(data, { sessionId, userId, expiry });
  }

  io.use((socket, proceed) => {
    accept(socket, socket.handshake.auth["token"]).then(() => proceed(), proceed);
  });
  io.on("connection", (socket) => {
    socket.on("disconnect", () => clearTimeout((socket.data as { expiry?: NodeJS.Timeout }).expiry));
    socket.on("authenticate", (token: unknown) => {
      accept(socket, token).catch(() => socket.disconnect(true));
    });
  });
}
