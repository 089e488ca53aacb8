import { isMet, readDemand } from "./authentication-demand.js";
import { readRefreshCookie } from "./cookies.js";
import { preflightResponse } from "./cors.js";
import { refreshSession } from "./refreshing.js";
import { renewSession } from "./renewing.js";
import { listSessions } from "./listing.js";
import { answerEvents } from "./push/answering.js";
import { readAttempt, readExtension, readSignOutScope } from "./request-body.js";
import { assertProtocol } from "./request-gate.js";
import { RequestProblem } from "./request-problem.js";
import {
  endedResponse,
  grantResponse,
  jsonResponse,
  keySetResponse,
  signedOutResponse,
} from "./responses.js";
import { closeSession } from "./revoking.js";
import type { Attempt } from "./rotation.js";
import type { ServerContext } from "./server-context.js";
import { toPublicKey, type PublicKeySet } from "./signing-keys.js";
import type { SessionRecord } from "./session-record.js";
import { signOut } from "./signing-out.js";
import type { Proof } from "./starting.js";
import { assertOwnOrigin, readTransport, type Transport } from "./transport.js";
import { bearerRefusal, readBearer } from "./verification.js";

type Endpoint = (context: ServerContext, request: Request, transport: Transport) => Promise<Response>;

interface Route {
  readonly methods: "POST" | "GET" | "DELETE" | "GET, HEAD";
  /**
   * What a request has to pass first: all rules if it changes something, the protocol header alone if it reads what is the
   * user's (browsers send no `Origin` with a `GET`, R-112), nothing if anybody may read it.
   */
  readonly gate: "own-origin" | "protocol" | "open";
  readonly answer: Endpoint;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/refresh", { methods: "POST", gate: "own-origin", answer: answerRefresh }],
  ["/sign-out", { methods: "POST", gate: "own-origin", answer: answerSignOut }],
  ["/extend", { methods: "POST", gate: "own-origin", answer: answerExtend }],
  ["/step-up", { methods: "POST", gate: "own-origin", answer: answerStepUp }],
  ["/sessions", { methods: "GET", gate: "protocol", answer: answerSessions }],
  ["/events", { methods: "GET", gate: "protocol", answer: answerEvents }],
  ["/jwks.json", { methods: "GET, HEAD", gate: "open", answer: answerKeySet }],
]);

function findRoute(path: string): Route | undefined {
  const [, sessionId] = /^\/sessions\/([A-Za-z0-9_-]{22})$/.exec(path) ?? [];
  if (sessionId === undefined) return ROUTES.get(path);
  const answer: Endpoint = (...call) => answerRevocation(sessionId, ...call);
  return { methods: "DELETE", gate: "own-origin", answer };
}

/**
 * Finds the endpoint of a request and lets it answer.
 *
 * Paths match exactly: `/session/refresh/x.css` is nothing, so no cache can be talked into keeping a token (F13).
 *
 * @throws RequestProblem for every request that gets no further
 */
export async function route(context: ServerContext, request: Request): Promise<Response> {
  const { basePath, allowedOrigins } = context.config;
  const { pathname } = new URL(request.url);
  const found = pathname.startsWith(`${basePath}/`) ? findRoute(pathname.slice(basePath.length)) : undefined;
  const isOff = found?.answer === answerEvents && !context.config.eventStreams;
  if (found === undefined || isOff) throw noSuchEndpoint();
  const transport = readTransport(request, context.config);
  if (request.method === "OPTIONS") return preflightResponse(request, found.methods, allowedOrigins);
  if (!found.methods.split(", ").includes(request.method)) {
    throw new RequestProblem("method_not_allowed", "The method is not allowed here.", {
      allow: `${found.methods}, OPTIONS`,
    });
  }
  if (found.gate === "own-origin") assertOwnOrigin(request, transport, context.config);
  if (found.gate !== "open") assertProtocol(request.headers);
  return found.answer(context, request, transport);
}

async function answerRefresh(
  context: ServerContext,
  request: Request,
  transport: Transport,
): Promise<Response> {
  return refresh(context, request, transport, await readAttempt(request));
}

/** A refresh that asks for more time. */
async function answerExtend(
  context: ServerContext,
  request: Request,
  transport: Transport,
): Promise<Response> {
  const { extensionLimitMs } = context.config;
  if (extensionLimitMs === 0)
    throw new RequestProblem("extension_refused", "Sessions are not extended here.");
  return refresh(context, request, transport, await readExtension(request, extensionLimitMs));
}

async function refresh(
  context: ServerContext,
  request: Request,
  { cookies }: Transport,
  attempt: Attempt,
): Promise<Response> {
  const presented = readRefreshCookie(request.headers, cookies);
  switch (presented.kind) {
    case "none":
      // Without any cookie there is nothing to clear, and clearing could meet the cookies of a sign-in under way.
      return endedResponse("no-session", presented.stale ? cookies : null);
    case "malformed":
      return endedResponse("no-session", cookies);
    case "token": {
      const outcome = await refreshSession(context, presented.token, attempt, context.visitorOf(request));
      if (outcome.kind === "granted") return grantResponse(outcome.grant, cookies);
      return endedResponse(outcome.reason, outcome.clearCookies ? cookies : null);
    }
  }
}

async function answerSignOut(
  context: ServerContext,
  request: Request,
  { cookies }: Transport,
): Promise<Response> {
  const scope = await readSignOutScope(request);
  const presented = readRefreshCookie(request.headers, cookies);
  const outcome = await signOut(context, presented.kind === "token" ? presented.token : null, scope);
  switch (outcome.kind) {
    case "signed-out":
      return signedOutResponse(scope === "others" ? null : cookies);
    case "insufficient":
      return bearerRefusal(context.config.audience, outcome);
    case "refused":
      return endedResponse(outcome.reason, outcome.clearCookies ? cookies : null);
  }
}

async function answerStepUp(
  context: ServerContext,
  request: Request,
  { cookies }: Transport,
): Promise<Response> {
  const { stepUp } = context;
  if (stepUp === undefined) throw noSuchEndpoint();
  const presented = readRefreshCookie(request.headers, cookies);
  const token = presented.kind === "token" ? presented.token : null;
  const check = (record: SessionRecord): Promise<Proof | null> => stepUp(request, record);
  const outcome = await renewSession(context, token, check, context.visitorOf(request));
  switch (outcome.kind) {
    case "renewed":
      return grantResponse(outcome.grant, cookies);
    case "denied": {
      const { sessionId } = outcome;
      await context.report({ type: "step-up-denied", at: context.config.clock(), sessionId });
      throw new RequestProblem("access_denied", "The user did not prove who they are.");
    }
    case "ended":
      return endedResponse(outcome.reason, outcome.clearCookies ? cookies : null);
  }
}

function noSuchEndpoint(): RequestProblem {
  return new RequestProblem("not_found", "There is no such endpoint.");
}

/** The list is the bearer's: the access token of any one session will do, while that lives. */
async function answerSessions(context: ServerContext, request: Request): Promise<Response> {
  const check = await readBearer(context, request.headers, true);
  if (check.kind !== "valid") return bearerRefusal(context.config.audience, check);
  const { userId, sessionId } = check.content;
  const sessions = await listSessions(context, userId);
  return jsonResponse(200, {
    sessions: sessions.map(({ id, device, address, location, signedInAt, lastUsedAt, authTime }) => ({
      id,
      current: id === sessionId,
      device,
      address,
      location,
      signed_in_at: Math.floor(signedInAt / 1000),
      last_used_at: Math.floor(lastUsedAt / 1000),
      auth_time: Math.floor(authTime / 1000),
    })),
  });
}

/** Ends one of the user's sessions. For one's own that is a sign-out, and asks for no more than to be there. */
async function answerRevocation(
  id: string,
  context: ServerContext,
  request: Request,
  { cookies }: Transport,
): Promise<Response> {
  const { audience, revocationMaxAge } = context.config;
  const check = await readBearer(context, request.headers, true);
  if (check.kind !== "valid") return bearerRefusal(audience, check);
  const { userId, sessionId, authTime } = check.content;
  if (id === sessionId) {
    await closeSession(context, id, "signed-out");
    return signedOutResponse(cookies);
  }
  const demand = readDemand({ maxAge: revocationMaxAge });
  if (!isMet(demand, { authTime, acr: null }, context.config.clock()))
    return bearerRefusal(audience, { kind: "insufficient", demand });
  const record = await context.store.read(id);
  // Another user's is none: the answer must not tell whether there is such a session.
  const isOwn = record !== null && record.userId === userId;
  if (!isOwn || !(await closeSession(context, id, "revoked")))
    throw new RequestProblem("not_found", "You have no such session.");
  return signedOutResponse(null);
}

async function answerKeySet(context: ServerContext): Promise<Response> {
  return keySetResponse(publicKeySet(context));
}

/** Returns the public keys of a server (RFC 7517 section 5). */
export function publicKeySet(context: ServerContext): PublicKeySet {
  return { keys: context.config.signingKeys.map(toPublicKey) };
}
