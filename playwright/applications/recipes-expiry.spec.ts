/** The server's halves of the recipes for sockets: a connection lives as long as its newest token, on a clock of the test. */
import { EventEmitter } from "node:events";
import { mock } from "node:test";
import { expect, test } from "@playwright/test";
import type { SessionServer } from "@lockstep/server";
import type { Server } from "socket.io";
import type { WebSocket } from "ws";
import { guardSockets } from "../recipes/socket-io-server.js";
import { guardSocket } from "../recipes/websocket-server.js";

/** Tokens are the seconds at which they expire. */
const sessions = {
  verify(request: Request) {
    const expiresAt = Number(request.headers.get("authorization")?.slice("Bearer ".length));
    return Promise.resolve({ ok: true, session: { sessionId: "one", userId: "ann", expiresAt } });
  },
} as unknown as SessionServer;

interface Connection {
  present(token: string): void;
  readonly isClosed: () => boolean;
}

const servers: Readonly<Record<string, () => Connection>> = {
  WebSocket() {
    let closed = false;
    const socket = Object.assign(new EventEmitter(), {
      send: () => undefined,
      close: () => (closed = true),
    });
    guardSocket(socket as unknown as WebSocket, sessions, () => undefined);
    return {
      present: (token) =>
        socket.emit("message", Buffer.from(JSON.stringify({ type: "authenticate", token }))),
      isClosed: () => closed,
    };
  },
  "socket.io"() {
    let closed = false;
    let admit = (_socket: unknown, _proceed: () => void): void => undefined;
    const io = Object.assign(new EventEmitter(), { use: (middleware: typeof admit) => (admit = middleware) });
    guardSockets(io as unknown as Server, sessions);
    const socket = Object.assign(new EventEmitter(), {
      data: {},
      handshake: { auth: { token: "60" } },
      disconnect: () => (closed = true),
    });
    admit(socket, () => io.emit("connection", socket));
    return { present: (token) => socket.emit("authenticate", token), isClosed: () => closed };
  },
};

/** Lets what was said be dealt with. Nothing here waits for more than promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

for (const [name, open] of Object.entries(servers))
  test(`${name}: a connection outlives its first token, and ends with its newest`, async () => {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
    const closed: boolean[] = [];
    try {
      const { present, isClosed } = open();
      present("60");
      await settle();
      mock.timers.tick(50_000);
      present("110");
      await settle();
      mock.timers.tick(50_000);
      closed.push(isClosed());
      mock.timers.tick(10_001);
      closed.push(isClosed());
    } finally {
      mock.timers.reset();
    }
    expect(closed).toEqual([false, true]);
  });
