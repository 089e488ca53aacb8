import type { Session } from "@lockstep/core";

/** The server's close code for a token that it does not accept: 4000 to 4999 are for applications. */
const refused = 4401;
/** A token this young that is refused is not cured by another. */
const youngMs = 10_000;

/**
 * A connection for as long as somebody is signed in, and a new one for each session. `use` gets each one that the server
 * has accepted. Returns what ends it.
 */
export function connectWebSocket(
  session: Session,
  url: string,
  use: (socket: WebSocket) => void,
): () => void {
  let owner: string | null = null;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let renewedAt = -Infinity;

  /** In a message: URLs are written into logs. */
  async function authenticate(opened: WebSocket): Promise<void> {
    const token = await session.getAccessToken().catch(() => null);
    if (opened !== socket || opened.readyState !== WebSocket.OPEN) return;
    if (token === null) opened.close();
    else opened.send(JSON.stringify({ type: "authenticate", token }));
  }

  function open(): void {
    clearTimeout(timer);
    const opened = new WebSocket(url);
    socket = opened;
    opened.addEventListener("open", () => void authenticate(opened));
    // The first message is the server's word that the token is good.
    opened.addEventListener("message", () => use(opened), { once: true });
    opened.addEventListener("close", ({ code }) => {
      if (opened !== socket) return;
      socket = null;
      if (code !== refused) {
        timer = setTimeout(open, Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
        failures += 1;
      } else if (performance.now() - renewedAt > youngMs) session.refresh().catch(() => undefined);
    });
  }

  function renewed(): void {
    renewedAt = performance.now();
    failures = 0;
    if (socket !== null) void authenticate(socket);
    else if (owner !== null) open();
  }

  function follow(next: string | null): void {
    if (next === owner) return;
    owner = next;
    clearTimeout(timer);
    failures = 0;
    const former = socket;
    socket = null;
    former?.close();
    if (next !== null) open();
  }

  function followSession(): void {
    const now = session.getSnapshot();
    follow(now.status === "authenticated" ? now.sessionId : null);
  }

  const stops = [
    session.subscribe(followSession),
    session.inspect(({ type }) => {
      if (type === "refreshed" || type === "adopted") renewed();
    }),
  ];
  followSession();
  return () => {
    for (const stop of stops) stop();
    follow(null);
  };
}
