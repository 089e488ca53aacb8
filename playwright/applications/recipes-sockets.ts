/** A server for sockets, on https, by the server halves of the recipes. It writes down who came with which token. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { WebSocketServer } from "ws";
import { guardSockets } from "../recipes/socket-io-server.js";
import { guardSocket } from "../recipes/websocket-server.js";
import type { Backend } from "../support/backend.js";
import { createCertificate } from "../support/certificate.js";
import { endServer } from "../support/end-server.js";
import type { SessionServer } from "@lockstep/server";

export interface SocketServer {
  readonly origin: string;
  /** Every token that was presented, in order. */
  readonly presented: readonly string[];
  /** The path and query of every request and every upgrade. */
  readonly urls: readonly string[];
  /** The users of the connections so far, in order. */
  readonly accepted: readonly string[];
  /** How many connections are open now. */
  readonly open: number;
  /** Says something to all of them. */
  say(text: string): void;
  /** From now on every token is refused, or those that were issued so far. */
  refuse(which: "all" | "issued"): void;
  /** Turns all connections away, as when their tokens have expired. */
  hangUp(): void;
  /** Breaks the connections off. */
  cut(): void;
  close(): Promise<void>;
}

export async function startSocketServer(backend: Backend): Promise<SocketServer> {
  const presented: string[] = [];
  const urls: string[] = [];
  const accepted: string[] = [];
  let isRefused = (_token: string): boolean => false;

  const sessions: SessionServer = {
    ...backend.sessions,
    verify(request, options) {
      const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
      const refused = isRefused(token);
      presented.push(token);
      return backend.sessions.verify(refused ? new Request(request.url) : request, options);
    },
  };

  const { key, cert } = createCertificate();
  const server = createServer({ key, cert });
  server.on("request", ({ url = "" }) => urls.push(url));
  server.on("upgrade", ({ url = "" }) => urls.push(url));

  const io = new Server(server, { cors: { origin: backend.origin } });
  guardSockets(io, sessions);
  io.on("connection", ({ data }) => accepted.push((data as { userId: string }).userId));

  const plain = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, wire, head) => {
    if (request.url !== "/feed") return;
    plain.handleUpgrade(request, wire, head, (socket) => {
      guardSocket(socket, sessions, (userId) => void accepted.push(userId));
    });
  });

  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://localhost:${port}`,
    presented,
    urls,
    accepted,
    get open() {
      return io.sockets.sockets.size + plain.clients.size;
    },
    say(text) {
      io.emit("said", text);
      for (const socket of plain.clients) socket.send(JSON.stringify({ type: "said", text }));
    },
    refuse(which) {
      const issued = new Set(backend.secrets.accessTokens);
      isRefused = (token) => which === "all" || issued.has(token);
    },
    hangUp() {
      io.disconnectSockets(true);
      for (const socket of plain.clients) socket.close(4401);
    },
    cut() {
      for (const socket of io.sockets.sockets.values()) socket.conn.close();
      for (const socket of plain.clients) socket.terminate();
    },
    async close() {
      for (const socket of plain.clients) socket.terminate();
      await Promise.all([io.close(), endServer(server)]);
    },
  };
}
