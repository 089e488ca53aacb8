import type { RandomSource } from "./entropy.js";
import type { JsonValue } from "./json.js";
import type { RefreshLimits } from "./refresh-limits.js";
import type { SecurityEvent } from "./security-events.js";
import type { SigningKey } from "./signing-keys.js";
import type { Proof } from "./starting.js";
import type { SessionStore } from "./stores/session-store.js";

/** `SameSite` of both cookies. `None` adds `Partitioned`: one session per embedding site. */
export type SameSite = "Strict" | "Lax" | "None";

/** How many sessions a user may have. */
export interface SessionsPerUser {
  /** 1 to 10000. */
  readonly most: number;
  /** Default `"end-oldest"`. */
  readonly atLimit?: "end-oldest" | "refuse" | undefined;
}

/** The session that somebody steps up in. */
export interface SteppingUp {
  readonly userId: string;
  readonly sessionId: string;
}

/** Options of `createSessionServer`. Durations are whole seconds. */
export interface SessionServerOptions {
  /** Where sessions are kept. */
  readonly store: SessionStore;
  /** `iss` of access tokens: by custom the `https:` URL of this server. */
  readonly issuer: string;
  /** `aud` of access tokens: the API they are for. */
  readonly audience: string;
  /** Private keys. The first one signs, all verify: to rotate, put a new one in front and drop the old one later. */
  readonly signingKeys: readonly SigningKey[];
  /** Path of the endpoints. Default `"/session"`. */
  readonly basePath?: string | undefined;
  /**
   * The origin that browsers see, where a proxy gives `request.url` another one. Default: the origin of `request.url`.
   * `X-Forwarded-*` headers are never read: anybody can send them.
   */
  readonly publicOrigin?: string | undefined;
  /** Further origins whose pages may call the endpoints with credentials, exact. Default none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** 1 to 3600, default 300: how long a revoked session's last access token may go on working. */
  readonly accessTokenLifetimeSeconds?: number | undefined;
  /** Default 1800 (30 min): a session ends so long after the last reported activity of the user. */
  readonly idleLifetimeSeconds?: number | undefined;
  /** Default 43200 (12 h), at most 400 days: a session ends so long after sign-in, whatever happens. */
  readonly absoluteLifetimeSeconds?: number | undefined;
  /**
   * Default 0, at most 400 days: how long from now a client may ask for with `extend`, so that somebody who reads or watches
   * for longer than the idle lifetime is not signed out. It never leads beyond the absolute lifetime; 0 refuses.
   */
  readonly extensionLimitSeconds?: number | undefined;
  /** 0 to 300, default 30: how long the token just replaced still gets the same successor. 0 is strict. */
  readonly graceSeconds?: number | undefined;
  /** Default `"Strict"`. */
  readonly sameSite?: SameSite | undefined;
  /** Base name of the two cookies. Default `"lockstep"`. */
  readonly cookieName?: string | undefined;
  /**
   * Serves plain `http:` on loopback hosts, with cookies that are not `Secure` (R-106: WebKit drops those on
   * `http://localhost`). Default `false`. Must be the literal `true`, and never under `NODE_ENV=production`.
   */
  readonly development?: boolean | undefined;
  /**
   * Whether browsers may hear of the end of their session, and of changes of their user, over `GET {basePath}/events`. Default
   * `true`. Switch it off where a process cannot hold answers open: clients find out with their next refresh then.
   */
  readonly eventStreams?: boolean | undefined;
  /** Loads the `user` of an answer afresh. Default: what `start` was given. */
  readonly loadUser?: ((userId: string) => JsonValue | Promise<JsonValue>) | undefined;
  /**
   * Where a request comes from, for the list of sessions: by custom the last address that your own proxy added. Default: not
   * known, since a `Request` does not say, and headers can be made up.
   */
  readonly clientAddress?: ((request: Request) => string | null | undefined) | undefined;
  /** Tells a coarse place for an address, for the list of sessions. Default: none is told. */
  readonly locate?: ((address: string) => string | null | Promise<string | null>) | undefined;
  /**
   * How many refreshes a minute this process answers; more get a 429 with `Retry-After`, which costs nobody the session. Default
   * 120 for a session and 1200 for an address; `false` limits nothing.
   */
  readonly refreshLimits?: RefreshLimits | false | undefined;
  /**
   * How many sessions a user may have at a time (ASVS 7.1.2), and whether one more ends the one that was not used for longest, or is
   * refused with a 403 `session_limit`. Default 100, `"end-oldest"`.
   */
  readonly sessionsPerUser?: SessionsPerUser | undefined;
  /**
   * How recently the user must have proved who they are to end another session of theirs, or all others (ASVS 7.5.2); otherwise
   * the answer is the challenge of RFC 9470. Default: any time ago will do.
   */
  readonly revocationMaxAgeSeconds?: number | undefined;
  /**
   * Checks what a user sends to prove again who they are, for `POST {basePath}/step-up`; `null` if it is wrong. The body of the
   * request, JSON of your own, is yours to read. Without this option there is no such endpoint.
   *
   * Limit how often it may be tried, as you do for the login.
   */
  readonly stepUp?:
    ((request: Request, session: SteppingUp) => Proof | null | Promise<Proof | null>) | undefined;
  /** Receives the security log. Not awaited; what it throws is ignored. */
  readonly onEvent?: ((event: SecurityEvent) => void | Promise<void>) | undefined;
  /** Salt of the hashed session ids in events. Default: random for each server; set it to correlate several nodes. */
  readonly eventSalt?: string | undefined;
  /** Milliseconds since the epoch. Default `Date.now`; for tests. */
  readonly clock?: (() => number) | undefined;
  /** Default the platform's generator; for tests. */
  readonly random?: RandomSource | undefined;
}
