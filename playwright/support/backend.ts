/**
 * A real session server for one test: strict (no grace), on https, in memory. It writes down every request and every
 * security event, remembers every secret that it hands out, and does as a test says when a request goes wrong.
 */
import type { RequestListener, ServerResponse } from "node:http";
import { createServer as createPlainServer } from "node:http";
import { createSecureServer as createHttp2Server } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import {
  createMemoryStore,
  createSessionServer,
  generateSigningKey,
  type SecurityEvent,
  type SessionServer,
} from "@lockstep/server";
import type { Scripts } from "./bundle.js";
import { createCertificate } from "./certificate.js";
import { endServer } from "./end-server.js";
import { initScript } from "./init-scripts.js";
import { htmlOf, policyOf } from "./pages.js";
import { createSecrets, type Secrets } from "./secrets.js";
import { followStream, type StreamRecord } from "./streams.js";

const tls = createCertificate();
const signingKey = await generateSigningKey();

export interface BackendOptions {
  /** Of access tokens. Default 60. */
  readonly lifetimeSeconds?: number;
  /** Of the session without activity. Default the server's. */
  readonly idleSeconds?: number;
  /** Of the session, whatever happens. Default the server's. */
  readonly absoluteSeconds?: number;
  /** How long without activity it may be asked to last. Default: not at all. */
  readonly extensionSeconds?: number;
  /** Default 0: a server that forgives nothing. */
  readonly graceSeconds?: number;
  /** How recently the user must have proved who they are to end another session of theirs. Default: any time ago. */
  readonly revocationMaxAgeSeconds?: number;
  /** All requests on one connection, hundreds at a time; otherwise browsers send six, and keep the rest to themselves. */
  readonly http2?: boolean;
  /** Plain http under this host name, which is no secure context; the browser must map it to the loopback. */
  readonly insecureHost?: string;
  /** What browsers call it. Default `localhost`. */
  readonly host?: string;
  /** Origins whose pages may use its session endpoints, besides its own. Default none. */
  readonly allowedOrigins?: readonly string[];
}

export interface RequestRecord {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly search: string;
  /** The number of the tab that sent it, where its page could be told. */
  readonly tab: number | null;
  readonly hasCookie: boolean;
  /** Which generation of the refresh token was presented. */
  readonly generation: number | null;
  readonly hasAuthorization: boolean;
  /** Whose access token it carried. */
  readonly subject: string | null;
  readonly attempt: string | null;
  readonly headerNames: readonly string[];
  status: number | null;
}

/** One request at the server, for an interceptor to deal with. */
export interface Exchange {
  readonly request: Request;
  readonly record: RequestRecord;
  readonly outgoing: ServerResponse;
  /** The connection below its encryption. */
  readonly wire: Socket;
  /** Lets the real server decide; what it decided is committed then, whatever becomes of the answer. */
  decide(): Promise<Response>;
}

export type Interceptor = (exchange: Exchange) => Promise<Response>;

interface Rule {
  readonly path: string;
  readonly interceptor: Interceptor;
  readonly tab: number | undefined;
  left: number;
}

export interface Backend {
  readonly origin: string;
  readonly requests: readonly RequestRecord[];
  readonly events: readonly SecurityEvent[];
  /** The event streams so far, the oldest first. */
  readonly streams: readonly StreamRecord[];
  readonly secrets: Secrets;
  readonly sessions: SessionServer;
  /** The requests to a path, the oldest first. */
  to(path: string): readonly RequestRecord[];
  /** The refreshes so far. */
  refreshes(): readonly RequestRecord[];
  /** Security events of a type. */
  eventsOf<Type extends SecurityEvent["type"]>(type: Type): readonly Extract<SecurityEvent, { type: Type }>[];
  /** Deals with the next `times` requests to `path`, or with those that `tab` sends there. */
  intercept(path: string, interceptor: Interceptor, times?: number, tab?: number): void;
  /** Ends all interceptions of `path`. */
  clear(path: string): void;
  /** From now on the API refuses every access token issued so far. */
  refuseTokens(): void;
  /** Moves the clock of the session server. */
  stepClock(byMs: number): void;
  /** Whether connections are accepted at all. */
  setReachable(reachable: boolean): Promise<void>;
  close(): Promise<void>;
}

const everyTime = Number.POSITIVE_INFINITY;

function subjectOf(authorization: string | null): string | null {
  const [, claims = ""] = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(authorization ?? "") ?? [];
  try {
    return (JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub: string }).sub;
  } catch {
    return null;
  }
}

async function describeRequest(request: Request): Promise<RequestRecord> {
  const { pathname, search } = new URL(request.url);
  const { headers } = request;
  const cookie = headers.get("cookie") ?? "";
  const referrer = headers.get("referer");
  const tab = referrer === null ? null : new URL(referrer).searchParams.get("tab");
  const generation = /(?:^|; )(?:__Host-)?lockstep=[\w-]+\.(\d+)\./.exec(cookie)?.[1];
  const isOurs = pathname.startsWith("/session/") && request.method === "POST";
  const body = isOurs ? await request.clone().text() : "";
  return {
    at: Date.now(),
    method: request.method,
    path: pathname,
    search,
    tab: tab === null ? null : Number(tab),
    hasCookie: /(?:^|; )(?:__Host-)?lockstep=/.test(cookie),
    generation: generation === undefined ? null : Number(generation),
    hasAuthorization: headers.has("authorization"),
    subject: subjectOf(headers.get("authorization")),
    headerNames: [...headers.keys()],
    attempt: /"attempt":"([^"]+)"/.exec(body)?.[1] ?? null,
    status: null,
  };
}

/** The API of the application: it says what reached it. */
async function answerApi(
  sessions: SessionServer,
  request: Request,
  refused: ReadonlySet<string>,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const sent = request.headers.get("authorization");
  if (pathname.startsWith("/api/public")) return Response.json({ authorised: sent !== null });
  const challenge = { "www-authenticate": 'Bearer realm="api", error="invalid_token"' };
  if (pathname === "/api/never" || (sent !== null && refused.has(sent.slice("Bearer ".length))))
    return Response.json({ error: "invalid_token" }, { status: 401, headers: challenge });
  const demand = pathname === "/api/transfer" ? { maxAge: 300, acr: "urn:passkey" } : {};
  const check = await sessions.verify(request, { checkRevocation: pathname === "/api/strict", ...demand });
  if (!check.ok) return check.response;
  return Response.json({
    user: check.session.userId,
    method: request.method,
    type: request.headers.get("content-type"),
    body: await request.text(),
  });
}

export async function startBackend(scripts: Scripts, options: BackendOptions = {}): Promise<Backend> {
  const { lifetimeSeconds = 60, graceSeconds = 0, insecureHost, http2 = false, host = "localhost" } = options;
  const requests: RequestRecord[] = [];
  const events: SecurityEvent[] = [];
  const streams: StreamRecord[] = [];
  const rules: Rule[] = [];
  const secrets = createSecrets();
  const refused = new Set<string>();
  let clockOffsetMs = 0;
  const sessions = createSessionServer({
    store: createMemoryStore(),
    issuer: "https://localhost",
    audience: "https://localhost/api",
    signingKeys: [signingKey],
    allowedOrigins: options.allowedOrigins,
    accessTokenLifetimeSeconds: lifetimeSeconds,
    graceSeconds,
    development: insecureHost !== undefined,
    onEvent: (event) => void events.push(event),
    refreshLimits: false,
    stepUp: async (asked) =>
      ((await asked.json()) as { passkey?: unknown }).passkey === "right" ? { acr: "urn:passkey" } : null,
    clock: () => Date.now() + clockOffsetMs,
    idleLifetimeSeconds: options.idleSeconds,
    absoluteLifetimeSeconds: options.absoluteSeconds,
    extensionLimitSeconds: options.extensionSeconds,
    revocationMaxAgeSeconds: options.revocationMaxAgeSeconds,
  });

  async function decide(request: Request, record: RequestRecord): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/session/events") return followStream(await sessions.handler(request), record, streams);
    if (pathname.startsWith("/session/")) return secrets.note(await sessions.handler(request));
    if (pathname === "/login") {
      const userId = searchParams.get("user") ?? "ann";
      return secrets.note(
        await sessions.start(request, { userId, user: { id: userId, name: `The ${userId}` } }),
      );
    }
    if (pathname === "/password") {
      const userId = searchParams.get("user") ?? "ann";
      return secrets.note(await sessions.credentialsChanged(request, { userId }));
    }
    if (pathname.startsWith("/api/")) return answerApi(sessions, request, refused);
    if (pathname === "/redirect")
      return new Response(null, { status: 307, headers: { location: searchParams.get("to") ?? "/" } });
    const script = pathname === "/init.js" ? initScript(searchParams) : scripts.get(pathname);
    if (typeof script === "string")
      return new Response(script, { headers: { "content-type": "text/javascript" } });
    const html = htmlOf(pathname, searchParams);
    if (html === null) return new Response("Nothing here", { status: 404 });
    return new Response(html, {
      headers: { "content-type": "text/html; charset=utf-8", ...policyOf(pathname) },
    });
  }

  /** What a proxy in front of the server does: the insecure name outside, the loopback inside. */
  function arrive(request: Request): Request {
    if (insecureHost === undefined) return request;
    const url = new URL(request.url);
    const inside = `http://localhost:${url.port}`;
    const headers = new Headers(request.headers);
    if (headers.has("origin")) headers.set("origin", inside);
    const { method } = request;
    const hasBody = method !== "GET" && method !== "HEAD";
    const init = { method, headers, ...(hasBody ? { body: request.body, duplex: "half" as const } : {}) };
    return new Request(`${inside}${url.pathname}${url.search}`, init);
  }

  async function answer(incoming: Request, outgoing: ServerResponse): Promise<Response> {
    const request = arrive(incoming);
    const record = await describeRequest(request);
    // Scripts of the driver are none of the page's.
    if (record.path !== "/init.js") requests.push(record);
    const rule = rules.find(
      ({ path, left, tab = record.tab }) => record.path.startsWith(path) && tab === record.tab && left > 0,
    );
    let response: Response;
    if (rule === undefined) response = await decide(request, record);
    else {
      rule.left -= 1;
      const wire = wires.get(outgoing.socket?.remotePort ?? 0) as Socket;
      response = await rule.interceptor({
        request,
        record,
        outgoing,
        wire,
        decide: () => decide(request, record),
      });
    }
    record.status = response.status;
    return response;
  }

  const listener = getRequestListener(
    (request, { outgoing }) => answer(request, outgoing as ServerResponse),
    {
      overrideGlobalObjects: false,
    },
  );
  const onRequest: RequestListener = (incoming, outgoing) => void listener(incoming, outgoing);
  const certified = { key: tls.key, cert: tls.cert };
  // Said aloud, since browsers take silence for a hundred at a time.
  const manyStreams = { settings: { maxConcurrentStreams: 1_000 } };
  const server =
    insecureHost !== undefined
      ? createPlainServer(onRequest)
      : http2
        ? createHttp2Server({ ...certified, ...manyStreams }, (...exchange) => void listener(...exchange))
        : createTlsServer(certified, onRequest);
  const wires = new Map<number, Socket>();
  server.on("connection", (wire: Socket) => {
    const { remotePort = 0 } = wire;
    wires.set(remotePort, wire);
    wire.once("close", () => wires.delete(remotePort));
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => void server.listen(at, "127.0.0.1", resolve));
  const hangUp = (): Promise<void> => {
    if ("closeAllConnections" in server) return endServer(server);
    return new Promise((resolve) => {
      server.close(() => resolve());
      for (const wire of wires.values()) wire.destroy();
    });
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    origin: insecureHost === undefined ? `https://${host}:${port}` : `http://${insecureHost}:${port}`,
    requests,
    events,
    streams,
    secrets,
    sessions,
    to: (path) => requests.filter((request) => request.path === path && request.method !== "OPTIONS"),
    refreshes: () => requests.filter(({ path }) => path === "/session/refresh"),
    eventsOf: (type) => events.filter((event) => event.type === type) as never,
    intercept: (path, interceptor, times = everyTime, tab) =>
      void rules.push({ path, interceptor, tab, left: times }),
    clear(path) {
      for (const rule of rules) if (rule.path === path) rule.left = 0;
    },
    refuseTokens() {
      for (const token of secrets.accessTokens) refused.add(token);
    },
    stepClock(byMs) {
      clockOffsetMs += byMs;
    },
    setReachable: (reachable) => (reachable ? listen(port) : hangUp()),
    close: hangUp,
  };
}
