import type { SessionServer } from "@lockstep/server";
import type { WebSocket } from "ws";

/** Keeps a connection for as long as its newest token is good. Calls `accept` once, when the first is. */
export function guardSocket(
  socket: WebSocket,
  sessions: SessionServer,
  accept: (userId: string) => void,
): void {
  let owner: string | null = null;
  const refuse = (): void => socket.close(4401);
  // As long as a client may take to say who it is.
  let expiry = setTimeout(refuse, 10_000);

  async function authenticate(token: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const request = new Request("https://socket.invalid", { headers });
    const check = await sessions.verify(request, { checkRevocation: true });
    if (!check.ok) return refuse();
    const { sessionId, userId, expiresAt } = check.session;
    if (sessionId !== (owner ?? sessionId)) return refuse();
    clearTimeout(expiry);
    expiry = setTimeout(refuse, expiresAt * 1000 - Date.now());
    if (owner !== null) return;
    owner = sessionId;
    socket.send(JSON.stringify({ type: "authenticated" }));
    accept(userId);
  }

  socket.on("close", () => clearTimeout(expiry));
  socket.on("message", (data) => {
    try {
      const message = JSON.parse((data as Buffer).toString()) as {
        readonly type: unknown;
        readonly token: unknown;
      };
      if (message.type === "authenticate") authenticate(String(message.token)).catch(refuse);
    } catch {
      refuse();
    }
  });
}
