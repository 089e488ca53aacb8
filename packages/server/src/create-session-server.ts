import { createAccessTokens, type AccessTokenContent } from "./access-token.js";
import { readDemand, type AuthenticationDemand } from "./authentication-demand.js";
import { ServerConfigError } from "./config-error.js";
import { renewAfterChange } from "./changing-credentials.js";
import type { Appearance } from "./appearance.js";
import { changeUser } from "./changing-users.js";
import { resolveConfig } from "./config.js";
import { readRefreshCookie } from "./cookies.js";
import { withCorsHeaders } from "./cors.js";
import { createDependencyGuard, guardStore } from "./dependency-guard.js";
import { publicKeySet, route } from "./endpoints.js";
import type { JsonObject, JsonValue } from "./json.js";
import { listSessions, type SessionInfo } from "./listing.js";
import type { SessionServerOptions } from "./options.js";
import { loadingSnapshot, readSnapshot, type PageRequest, type PageSnapshot } from "./page-snapshot.js";
import { createEventHub } from "./push/event-hub.js";
import { createRefreshGate } from "./refresh-limits.js";
import { RequestProblem } from "./request-problem.js";
import { emptyResponse, grantResponse, problemResponse } from "./responses.js";
import { closeSession, closeUserSessions } from "./revoking.js";
import { createEventReporter } from "./security-events.js";
import type { ServerContext } from "./server-context.js";
import type { PublicKeySet } from "./signing-keys.js";
import { readProof, startSession, type Proof, type SignIn } from "./starting.js";
import { createSweeper } from "./sweeping.js";
import { assertOwnOrigin, readTransport } from "./transport.js";
import { bearerRefusal, readBearer } from "./verification.js";
import { readVisitor } from "./visitor.js";

/** Why an administrator or the application ends sessions; clients are told this word. */
export type RevocationReason = "revoked" | "signed-out";

/** Whose credentials were changed, and how the user had proved who they are. */
export interface CredentialsChange extends Proof {
  readonly userId: string;
}

/** What `verify` asks for beyond a valid access token. */
export interface VerifyOptions extends AuthenticationDemand {
  /** Asks the store whether the session lives. Default `false`. */
  readonly checkRevocation?: boolean | undefined;
}

/** What came of `verify`: the session, or the response to send instead of an answer. */
export type Verification =
  | { readonly ok: true; readonly session: AccessTokenContent }
  | { readonly ok: false; readonly response: Response };

/** The session endpoints of one application, and what its own code needs of them. */
export interface SessionServer {
  /** Answers every request under `basePath`. Never rejects. */
  readonly handler: (request: Request) => Promise<Response>;
  /**
   * Starts a session. Call it in the login handler, after the credentials were checked, and send the response as it is.
   *
   * Answers 403 when another site caused the request (login CSRF, R-114) and 503 when the store is down.
   *
   * @throws ServerConfigError `invalid_argument`, `unusable_key`
   */
  readonly start: (request: Request, signIn: SignIn) => Promise<Response>;
  /**
   * Checks the access token of an API request. What is wrong with the request is a response.
   *
   * Without `checkRevocation` (default `false`) a token of a revoked session is good until it expires. With `maxAge` or
   * `acr`, a session whose user proved who they are too long ago, or too weakly, gets the challenge of RFC 9470: the client
   * has the user step up, and sends the request again.
   *
   * @throws ServerConfigError `invalid_argument`
   */
  readonly verify: (request: Request, options?: VerifyOptions) => Promise<Verification>;
  /**
   * Tells who is signed in, for the first paint of a page that you render: the client's `initialSnapshot`. Never rejects.
   *
   * It only reads: no token is replaced, and the visit does not count as activity. `loading` means that the client has to
   * find out: the store failed, a link of another site kept the cookies back (`SameSite=Strict`), or the token was rotated
   * away longer than `graceSeconds` ago. `claims` are those of the access tokens, before any validator of the client.
   *
   * For display. What a request may have, `verify` decides.
   *
   * @typeParam User what you give to `start` or return from `loadUser`: your word, which nothing checks
   * @example
   * ```ts
   * const initialSnapshot = await sessions.snapshot({ headers: await headers() }); // in a Next.js page
   * ```
   */
  readonly snapshot: <User = JsonValue, Claims = JsonObject>(
    request: PageRequest,
  ) => Promise<PageSnapshot<User, Claims>>;
  /**
   * Answers a request that has changed a password, or anything else that the user signs in with: all sessions of the user
   * end, but for the one that asked, which goes on with a new id. Send the response as it is: 200 like a
   * sign-in, or 204 if the browser had no session of that user.
   *
   * Call it when the new password is stored. Answers 503 when the store is down: then call it again.
   *
   * @throws ServerConfigError `invalid_argument`
   */
  readonly credentialsChanged: (request: Request, change: CredentialsChange) => Promise<Response>;
  /**
   * Tells that something about a user has changed, roles for instance: all grants of the user from now on say what you give here,
   * and every browser that is connected gets a new one within a second, any other with its next refresh. What you leave out
   * stays; `claims` replace all those there were. With `loadUser`, the user's id alone will do. Returns how many sessions that
   * concerned.
   *
   * An access token that is already out says the old until it expires.
   *
   * @throws ServerConfigError `invalid_argument`
   * @throws RequestProblem `temporarily_unavailable` when the store fails: some sessions may have been changed, call it again
   */
  readonly userChanged: (userId: string, change?: Appearance) => Promise<number>;
  /**
   * Ends all sessions of a user, for example when the account is disabled; returns how many.
   *
   * @throws ServerConfigError `invalid_argument`
   * @throws RequestProblem `temporarily_unavailable` when the store fails
   */
  readonly revokeUser: (
    userId: string,
    options?: { readonly except?: string; readonly reason?: RevocationReason },
  ) => Promise<number>;
  /**
   * Ends one session; `false` when there is none or it was over before.
   *
   * @throws ServerConfigError `invalid_argument`
   * @throws RequestProblem `temporarily_unavailable` when the store fails
   */
  readonly revokeSession: (
    sessionId: string,
    options?: { readonly reason?: RevocationReason },
  ) => Promise<boolean>;
  /**
   * Lists the live sessions of a user, the last used one first; `GET {basePath}/sessions` does so for the user.
   *
   * @throws ServerConfigError `invalid_argument`
   * @throws RequestProblem `temporarily_unavailable` when the store fails
   */
  readonly listSessions: (userId: string) => Promise<readonly SessionInfo[]>;
  /**
   * Ends the event streams that this process holds open, and opens no more, so that it can stop; their browsers ask the next one.
   * The store is yours to close.
   */
  readonly closeStreams: () => void;
  /** Returns the public keys, as `GET {basePath}/jwks.json` does. */
  readonly jwks: () => PublicKeySet;
}

/**
 * Creates the session endpoints: `POST /refresh`, `POST /sign-out`, `GET /jwks.json`.
 *
 * Fetch-standard and without a framework; everything but the SQLite store runs wherever WebCrypto does. Any number of
 * servers may share one store.
 *
 * @throws ServerConfigError naming the option and the remedy
 * @example
 * ```ts
 * import { createMemoryStore, createSessionServer, generateSigningKey } from "@lockstep/server";
 *
 * const sessions = createSessionServer({
 *   store: createMemoryStore(),
 *   issuer: "https://app.example.com",
 *   audience: "https://api.example.com",
 *   signingKeys: [await generateSigningKey()],
 * });
 * ```
 */
export function createSessionServer(options: SessionServerOptions): SessionServer {
  const context = createContext(options);
  const sweep = createSweeper(context);
  const { config } = context;

  const readable = (request: Request, response: Response): Response =>
    withCorsHeaders(request, response, config.allowedOrigins);

  return {
    handler: async (request) => {
      try {
        return readable(request, await route(context, request));
      } catch (cause) {
        return readable(request, await answerFailure(context, cause));
      }
    },

    start: async (request, signIn) => {
      try {
        const transport = readTransport(request, config);
        assertOwnOrigin(request, transport, config);
        const presented = readRefreshCookie(request.headers, transport.cookies);
        const grant = await startSession(
          context,
          signIn,
          presented.kind === "token" ? presented.token : null,
          context.visitorOf(request),
        );
        await sweep();
        return readable(request, grantResponse(grant, transport.cookies));
      } catch (cause) {
        // A mistake of the program is for its author to see, not for the client to be told.
        if (cause instanceof ServerConfigError) throw cause;
        return readable(request, await answerFailure(context, cause));
      }
    },

    credentialsChanged: async (request, { userId, ...proof }) => {
      assertText(userId, "userId");
      readProof(proof);
      try {
        const transport = readTransport(request, config);
        assertOwnOrigin(request, transport, config);
        const { cookies } = transport;
        const presented = readRefreshCookie(request.headers, cookies);
        const token = presented.kind === "token" ? presented.token : null;
        const renewed = await renewAfterChange(context, token, userId, proof, context.visitorOf(request));
        return readable(request, renewed === null ? emptyResponse() : grantResponse(renewed.grant, cookies));
      } catch (cause) {
        return readable(request, await answerFailure(context, cause));
      }
    },

    verify: async (request, { checkRevocation = false, ...demand } = {}) => {
      const wanted = readDemand(demand);
      try {
        const check = await readBearer(context, request.headers, checkRevocation, wanted);
        if (check.kind === "valid") return { ok: true, session: check.content };
        return { ok: false, response: readable(request, bearerRefusal(config.audience, check)) };
      } catch (cause) {
        return { ok: false, response: readable(request, await answerFailure(context, cause)) };
      }
    },

    // The types are the application's word for its own JSON.
    snapshot: (async (request: PageRequest): Promise<PageSnapshot> => {
      try {
        return await readSnapshot(context, request);
      } catch (cause) {
        await reportFailure(context, cause);
        return loadingSnapshot;
      }
    }) as SessionServer["snapshot"],

    userChanged: async (userId, change = {}) => {
      assertText(userId, "userId");
      return changeUser(context, userId, change);
    },
    revokeUser: async (userId, { except, reason = "revoked" } = {}) => {
      assertText(userId, "userId");
      return closeUserSessions(context, userId, reason, except);
    },
    revokeSession: async (sessionId, { reason = "revoked" } = {}) => {
      assertText(sessionId, "sessionId");
      return closeSession(context, sessionId, reason);
    },
    listSessions: async (userId) => {
      assertText(userId, "userId");
      return listSessions(context, userId);
    },
    closeStreams: () => context.hub.close(),
    jwks: () => publicKeySet(context),
  };
}

function createContext(options: SessionServerOptions): ServerContext {
  const config = resolveConfig(options);
  const report = createEventReporter(options.onEvent, config.eventSalt);
  const guard = createDependencyGuard(config.graceMs, report, config.clock);
  const { clientAddress, loadUser, locate, stepUp } = options;
  const store = guardStore(options.store, guard);
  return {
    config,
    report,
    store,
    hub: createEventHub(config, store),
    accessTokens: createAccessTokens(config),
    loadUser: async (record) =>
      loadUser === undefined ? record.user : guard("loadUser", async () => loadUser(record.userId)),
    gate: createRefreshGate(config.refreshLimits),
    visitorOf: (request) => readVisitor(request, clientAddress),
    locate: locate && (async (address) => guard("locate", async () => locate(address))),
    stepUp:
      stepUp &&
      (async (request, { id, userId }) =>
        guard("stepUp", async () => stepUp(request, { userId, sessionId: id }))),
  };
}

/** An `undefined` user id would revoke nobody and look like success. */
function assertText(value: unknown, argument: string): void {
  if (typeof value === "string" && value !== "") return;
  throw new ServerConfigError(
    "invalid_argument",
    argument,
    "must be a string that is not empty",
    "correct the call",
  );
}

async function answerFailure(context: ServerContext, cause: unknown): Promise<Response> {
  return problemResponse(await reportFailure(context, cause));
}

/** Writes down what went wrong; returns it as what a client may be told. */
async function reportFailure(context: ServerContext, cause: unknown): Promise<RequestProblem> {
  const problem =
    cause instanceof RequestProblem
      ? cause
      : new RequestProblem("server_error", "The server could not answer.");
  const at = context.config.clock();
  if (problem === cause) {
    await context.report({ type: "request-refused", at, error: problem.code });
  } else {
    const errorName = cause instanceof Error ? cause.name : "unknown";
    await context.report({ type: "dependency-failed", at, dependency: "server", errorName });
  }
  return problem;
}
