import type { Session } from "@lockstep/core";
import { io, type Socket } from "socket.io-client";

/** A token this young that is refused is not cured by another. */
const youngMs = 10_000;

/** A socket for as long as somebody is signed in, and a new one for each session. Returns what ends it. */
export function connectSocket(session: Session, url: string, use: (socket: Socket) => void): () => void {
  let owner: string | null = null;
  let socket: Socket | null = null;
  let renewedAt = -Infinity;

  function open(): Socket {
    const opened = io(url, {
      forceNew: true,
      // Asked for at each attempt to connect. Sent in a packet, never in the URL.
      auth: (give) => {
        session.getAccessToken().then(
          (token) => give({ token }),
          () => opened.disconnect(),
        );
      },
    });
    // What the server itself turned away does not come back by itself: that takes a new token.
    const turnedAway = (): void => {
      if (opened === socket && !opened.active && performance.now() - renewedAt > youngMs)
        session.refresh().catch(() => undefined);
    };
    opened.on("connect_error", turnedAway).on("disconnect", turnedAway);
    use(opened);
    return opened;
  }

  async function renewed(): Promise<void> {
    renewedAt = performance.now();
    const token = await session.getAccessToken().catch(() => null);
    if (socket?.connected === true && token !== null) socket.emit("authenticate", token);
    else if (socket?.active === false) socket.connect();
  }

  function follow(): void {
    const now = session.getSnapshot();
    const next = now.status === "authenticated" ? now.sessionId : null;
    if (next === owner) return;
    const former = socket;
    owner = next;
    socket = next === null ? null : open();
    former?.disconnect();
  }

  const stops = [
    session.subscribe(follow),
    session.inspect(({ type }) => {
      if (type === "refreshed" || type === "adopted") void renewed();
    }),
  ];
  follow();
  return () => {
    for (const stop of stops) stop();
    socket?.disconnect();
    socket = null;
  };
}
