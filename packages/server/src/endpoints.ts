import { readRefreshCookie } from "./cookies.js";
import { preflightResponse } from "./cors.js";
import { refreshSession } from "./refreshing.js";
import { renewSession } from "./renewing.js";
import { readAttempt, readExtension, readSignOutScope } from "./request-body.js";
import { assertProtocol } from "./request-gate.js";
import { RequestProblem } from "./request-problem.js";
import { endedResponse, grantResponse, keySetResponse, signedOutResponse } from "./responses.js";
import type { Attempt } from "./rotation.js";
import type { ServerContext } from "./server-context.js";
import { toPublicKey, type PublicKeySet } from "./signing-keys.js";
import { signOut } from "./signing-out.js";
import { assertOwnOrigin, readTransport, type Transport } from "./transport.js";

type Endpoint = (context: ServerContext, request: Request, transport: Transport) => Promise<Response>;

interface Route {
  /** `POST` routes change something: they pass the origin and protocol rules first. */
  readonly methods: "POST" | "GET, HEAD";
  readonly answer: Endpoint;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/refresh", { methods: "POST", answer: answerRefresh }],
  ["/sign-out", { methods: "POST", answer: answerSignOut }],
  ["/extend", { methods: "POST", answer: answerExtend }],
  ["/step-up", { methods: "POST", answer: answerStepUp }],
  ["/jwks.json", { methods: "GET, HEAD", answer: answerKeySet }],
]);

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
  const found = pathname.startsWith(`${basePath}/`) ? ROUTES.get(pathname.slice(basePath.length)) : undefined;
  if (found === undefined) throw noSuchEndpoint();
  const transport = readTransport(request, context.config);
  if (request.method === "OPTIONS") return preflightResponse(request, found.methods, allowedOrigins);
  if (!found.methods.split(", ").includes(request.method)) {
    throw new RequestProblem("method_not_allowed", "The method is not allowed here.", {
      allow: `${found.methods}, OPTIONS`,
    });
  }
  if (found.methods === "POST") {
    assertOwnOrigin(request, transport, context.config);
    assertProtocol(request.headers);
  }
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
      const outcome = await refreshSession(context, presented.token, attempt);
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
  if (outcome.kind === "signed-out") return signedOutResponse(scope === "others" ? null : cookies);
  return endedResponse(outcome.reason, outcome.clearCookies ? cookies : null);
}

async function answerStepUp(
  context: ServerContext,
  request: Request,
  { cookies }: Transport,
): Promise<Response> {
  const { stepUp } = context;
  if (stepUp === undefined) throw noSuchEndpoint();
  const presented = readRefreshCookie(request.headers, cookies);
  const outcome = await renewSession(context, presented.kind === "token" ? presented.token : null, (record) =>
    stepUp(request, record),
  );
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

async function answerKeySet(context: ServerContext): Promise<Response> {
  return keySetResponse(publicKeySet(context));
}

/** Returns the public keys of a server (RFC 7517 section 5). */
export function publicKeySet(context: ServerContext): PublicKeySet {
  return { keys: context.config.signingKeys.map(toPublicKey) };
}
