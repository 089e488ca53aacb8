/** One server for everything: the page, the session endpoints, a login, an API, and the switches of the demo. */
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings, type ServerType } from "@hono/node-server";
import { createSessionServer, type SessionServer, type SigningKey } from "@lockstep/server";
import { createSqliteStore } from "@lockstep/server/sqlite";
import { createAccounts } from "./accounts.ts";
import { createExpiredTokens, expiredResponse } from "./expired-tokens.ts";
import { createFiguresBoard, type FiguresBoard } from "./figures.ts";
import { createNetwork, networkConditions, type Network } from "./network.ts";
import { createNotes } from "./notes.ts";
import { answerPageFile, type PageFiles } from "./page-files.ts";
import { answerPasswordChange, answerSignIn, createStepUpCheck } from "./sign-in.ts";

export interface DemoServerOptions {
  /** 0 picks a free one; so does one that is taken. */
  readonly port: number;
  /** Path of the SQLite file. */
  readonly database: string;
  readonly signingKey: SigningKey;
  readonly lifetimeSeconds: number;
  readonly page: PageFiles;
}

export interface DemoServer {
  readonly url: string;
  readonly figures: FiguresBoard;
  readonly network: Network;
  close(): Promise<void>;
}

const audience = "lockstep-demo";

/** Strict: no grace at all. A single replayed refresh token would end the session, and the page would show it. */
const graceSeconds = 0;

/** Whoever proved who they are longer ago does so again before anything sensitive. */
const recentSeconds = 60;

function notFound(): Response {
  return new Response("Not found", { status: 404 });
}

/** The switches change the server without a token: other sites must not reach them. */
function isOwnPage(request: Request): boolean {
  return request.method === "POST" && request.headers.get("sec-fetch-site") === "same-origin";
}

function createApi(sessions: SessionServer, figures: FiguresBoard) {
  const expired = createExpiredTokens();
  const notes = createNotes();

  return async function answerApi(request: Request, path: string): Promise<Response> {
    const maxAge = request.method === "DELETE" ? recentSeconds : undefined;
    // Asked of the store each time: a token of a session that has ended is refused at once.
    const check = await sessions.verify(request, { checkRevocation: true, maxAge });
    const refusal = !check.ok ? check.response : expired.has(request) ? expiredResponse() : null;
    figures.count(refusal === null ? "accepted" : "refused");
    if (!check.ok || refusal !== null) return refusal ?? notFound();
    if (path === "/api/notes") return notes.answer(request, check.session.userId);
    if (path === "/api/expire-token" && request.method === "POST") {
      expired.add(request);
      return new Response(null, { status: 204 });
    }
    return notFound();
  };
}

async function answerNetworkSwitch(
  request: Request,
  network: Network,
  figures: FiguresBoard,
): Promise<Response> {
  const wanted = await request.text();
  const condition = networkConditions.find((known) => known === wanted);
  if (condition === undefined || !isOwnPage(request)) return new Response(null, { status: 400 });
  network.condition = condition;
  figures.set({ network: condition });
  return new Response(null, { status: 204 });
}

/** Starts the server on the loopback interface. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const { lifetimeSeconds, page } = options;
  const figures = createFiguresBoard(lifetimeSeconds * 1_000);
  const network = createNetwork();
  const store = createSqliteStore({ path: options.database });
  const accounts = createAccounts();
  const addresses = new WeakMap<Request, string | undefined>();
  const sessions = createSessionServer({
    store,
    issuer: "http://localhost",
    audience,
    signingKeys: [options.signingKey],
    development: true,
    accessTokenLifetimeSeconds: lifetimeSeconds,
    graceSeconds,
    stepUp: createStepUpCheck(accounts),
    revocationMaxAgeSeconds: recentSeconds,
    clientAddress: (request) => addresses.get(request),
    onEvent: figures.countSecurityEvent,
  });
  const answerApi = createApi(sessions, figures);

  async function answer(request: Request, { incoming }: HttpBindings): Promise<Response> {
    const path = new URL(request.url).pathname;
    addresses.set(request, incoming.socket.remoteAddress);
    if (path.startsWith("/session/")) {
      if (path === "/session/refresh") figures.count("refreshRequests");
      return network.carry(request, incoming, () => sessions.handler(request));
    }
    if (path.startsWith("/api/")) return answerApi(request, path);
    if (path === "/sign-in" && request.method === "POST") return answerSignIn(sessions, accounts, request);
    if (path === "/password" && request.method === "POST")
      return answerPasswordChange(sessions, accounts, request);
    if (path === "/demo/network") return answerNetworkSwitch(request, network, figures);
    if (path === "/demo/figures") return figures.stream();
    return answerPageFile(page, path) ?? notFound();
  }

  const server = createAdaptorServer({
    fetch: (request, bindings) => answer(request, bindings as HttpBindings),
    overrideGlobalObjects: false,
  });
  const port = await listen(server, options.port).catch(() => listen(server, 0));

  return {
    url: `http://localhost:${port}`,
    figures,
    network,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
      await store.close();
    },
  };
}

function listen(server: ServerType, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", () => {
    server.off("error", reject);
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}
