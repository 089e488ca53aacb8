/** What the examples sign in to: two accounts, a session, and a list of notes for each of them. All of it in memory. */
import {
  createMemoryStore,
  createSessionServer,
  generateSigningKey,
  type SecurityEvent,
} from "@lockstep/server";
import { Hono } from "hono";
import { createAccountRoutes } from "./account.ts";
import { createAccounts } from "./accounts.ts";
import { createNotesRoutes } from "./notes.ts";
import { createOneTimeCodes } from "./one-time-codes.ts";
import { createPasskeys } from "./passkeys.ts";
import { createStepUpCheck } from "./stepping-up.ts";

export interface BackendOptions {
  /** Of access tokens, in seconds. Default 60: short, so that one can watch them being replaced. */
  readonly lifetimeSeconds?: number;
  /** How long the refresh token just replaced is forgiven, in seconds. Default 0: not at all. */
  readonly graceSeconds?: number;
  /** How long ago a user may have proved who they are to do what is sensitive, in seconds. Default 60. */
  readonly recentSeconds?: number;
  /** `iss` of access tokens. Default `http://localhost`. */
  readonly issuer?: string;
  /** Receives the security log. */
  readonly onEvent?: (event: SecurityEvent) => void;
  /** Milliseconds since the epoch. Default `Date.now`; for tests. */
  readonly clock?: () => number;
}

/**
 * A fetch-standard handler: it runs wherever requests are `Request` and answers are `Response`. The address is that of the
 * client, for the list of sessions; a `Request` does not tell it.
 */
export type Backend = (request: Request, address?: string) => Promise<Response>;

/** Whether a path is the backend's, and not one of the page's files. */
export function isBackendPath(path: string): boolean {
  return /^\/(session|sign-in|account|api)(\/|$)/.test(path);
}

/** Creates a backend with its own accounts, sessions and notes. */
export async function createBackend(options: BackendOptions = {}): Promise<Backend> {
  const { lifetimeSeconds = 60, graceSeconds = 0, recentSeconds = 60 } = options;
  const { issuer = "http://localhost", onEvent, clock = Date.now } = options;
  const accounts = createAccounts();
  const credentials = { accounts, codes: createOneTimeCodes(clock), passkeys: createPasskeys() };
  const addresses = new WeakMap<Request, string>();
  const sessions = createSessionServer({
    store: createMemoryStore(),
    issuer,
    audience: `${issuer}/api`,
    signingKeys: [await generateSigningKey()],
    accessTokenLifetimeSeconds: lifetimeSeconds,
    graceSeconds,
    revocationMaxAgeSeconds: recentSeconds,
    stepUp: createStepUpCheck(credentials),
    clientAddress: (request) => addresses.get(request),
    onEvent,
    clock,
    // Allows http://localhost. In production: https, and this line is not there.
    development: true,
  });
  const app = new Hono();

  app.all("/session/*", ({ req }) => sessions.handler(req.raw));

  app.post("/sign-in", async ({ req, json }) => {
    const form = await req.parseBody();
    const user = accounts.find(form["name"]);
    if (user === null || !accounts.isPassword(user.id, form["password"]))
      return json({ message: "Wrong name or password." }, 403);
    return sessions.start(req.raw, { userId: user.id, user });
  });

  app.route("/account", createAccountRoutes(sessions, credentials, recentSeconds));
  app.route("/api/notes", createNotesRoutes(sessions, recentSeconds));

  return async (request, address) => {
    if (address !== undefined) addresses.set(request, address);
    return app.fetch(request);
  };
}
