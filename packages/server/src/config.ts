import { base64url } from "jose";

import { ServerConfigError } from "./config-error.js";
import { platformRandom, type RandomSource } from "./entropy.js";
import { isLoopbackHost } from "./loopback.js";
import { readSigningKeys } from "./signing-key-option.js";
import type { SameSite, SessionServerOptions, SessionsPerUser } from "./options.js";
import {
  readArray,
  readCount,
  readFlag,
  readFunction,
  readOrigin,
  readSeconds,
  readText,
  refuseUnknownOptions,
} from "./option-readers.js";
import type { RefreshLimits } from "./refresh-limits.js";
import type { SigningKey } from "./signing-keys.js";

const DAY_SECONDS = 86_400;

/** The options after validation: every default filled in, durations in milliseconds. */
export interface ServerConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly signingKeys: readonly SigningKey[];
  readonly basePath: string;
  readonly publicOrigin: string | undefined;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly accessTokenLifetimeMs: number;
  readonly idleLifetimeMs: number;
  readonly absoluteLifetimeMs: number;
  /** 0: nothing is extended. */
  readonly extensionLimitMs: number;
  /** `null`: none. */
  readonly refreshLimits: Required<RefreshLimits> | null;
  readonly sessionsPerUser: Required<SessionsPerUser>;
  /** Seconds; `undefined`: any age. */
  readonly revocationMaxAge: number | undefined;
  readonly graceMs: number;
  readonly sameSite: SameSite;
  readonly cookieName: string;
  readonly development: boolean;
  readonly eventStreams: boolean;
  readonly clock: () => number;
  readonly random: RandomSource;
  readonly eventSalt: string;
}

/** A record, not a list, so that the compiler misses an option that is missing here. */
const OPTION_NAMES: Readonly<Record<keyof SessionServerOptions, true>> = {
  store: true,
  issuer: true,
  audience: true,
  signingKeys: true,
  basePath: true,
  publicOrigin: true,
  allowedOrigins: true,
  accessTokenLifetimeSeconds: true,
  idleLifetimeSeconds: true,
  absoluteLifetimeSeconds: true,
  extensionLimitSeconds: true,
  graceSeconds: true,
  sameSite: true,
  cookieName: true,
  development: true,
  eventStreams: true,
  clientAddress: true,
  loadUser: true,
  locate: true,
  refreshLimits: true,
  revocationMaxAgeSeconds: true,
  sessionsPerUser: true,
  stepUp: true,
  onEvent: true,
  eventSalt: true,
  clock: true,
  random: true,
};

const STORE_METHODS = [
  "insert",
  "read",
  "compareAndSet",
  "listByUser",
  "revokeByUser",
  "deleteExpired",
  "watch",
  "close",
] as const;

/**
 * Validates the options of a server.
 *
 * @throws ServerConfigError naming the option and the remedy
 */
export function resolveConfig(options: SessionServerOptions): ServerConfig {
  refuseUnknownOptions(options, Object.keys(OPTION_NAMES));
  checkStore(options);
  const development = readFlag(options, "development");
  if (development) refuseProduction();
  const random = readFunction(options, "random") ?? platformRandom;
  readFunction(options, "loadUser");
  readFunction(options, "stepUp");
  readFunction(options, "clientAddress");
  readFunction(options, "locate");
  readFunction(options, "onEvent");
  const config: ServerConfig = {
    issuer: readText(options, "issuer", /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/),
    audience: readText(options, "audience", /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/),
    signingKeys: readSigningKeys(options),
    basePath: readText(options, "basePath", /^(?:\/[A-Za-z0-9_~-]+)+$/, "/session"),
    publicOrigin: readPublicOrigin(options, development),
    allowedOrigins: readAllowedOrigins(options, development),
    accessTokenLifetimeMs: readSeconds(options, "accessTokenLifetimeSeconds", 1, 3600, 300) * 1000,
    idleLifetimeMs: readSeconds(options, "idleLifetimeSeconds", 1, 400 * DAY_SECONDS, 1800) * 1000,
    absoluteLifetimeMs: readSeconds(options, "absoluteLifetimeSeconds", 1, 400 * DAY_SECONDS, 43_200) * 1000,
    extensionLimitMs: readSeconds(options, "extensionLimitSeconds", 0, 400 * DAY_SECONDS, 0) * 1000,
    refreshLimits: readRefreshLimits(options),
    sessionsPerUser: readSessionsPerUser(options),
    revocationMaxAge:
      options.revocationMaxAgeSeconds === undefined
        ? undefined
        : readSeconds(options, "revocationMaxAgeSeconds", 1, 400 * DAY_SECONDS, 300),
    graceMs: readSeconds(options, "graceSeconds", 0, 300, 30) * 1000,
    sameSite: readSameSite(options),
    cookieName: readText(options, "cookieName", /^(?!__)[A-Za-z0-9_-]{1,64}$/, "lockstep"),
    development,
    eventStreams: options.eventStreams === undefined || readFlag(options, "eventStreams"),
    clock: readFunction(options, "clock") ?? Date.now,
    random,
    eventSalt: readText(options, "eventSalt", /^[^]{1,1024}$/, base64url.encode(random(16))),
  };
  refuseContradictions(config);
  return config;
}

function checkStore(options: SessionServerOptions): void {
  const store = options.store as unknown as Record<string, unknown> | undefined;
  const remedy = "pass createMemoryStore(), or createSqliteStore({ path }) of @lockstep/server/sqlite";
  if (store === undefined || store === null)
    throw new ServerConfigError("missing_option", "store", "is missing", remedy);
  const missing = STORE_METHODS.find((method) => typeof store[method] !== "function");
  if (missing !== undefined)
    throw new ServerConfigError("invalid_option", "store", `has no ${missing}()`, remedy);
}

const MOST_REFRESHES = 1_000_000;
const MOST_SESSIONS = 10_000;

function readRefreshLimits({ refreshLimits = {} }: SessionServerOptions): Required<RefreshLimits> | null {
  if (refreshLimits === false) return null;
  assertMembers(refreshLimits, "refreshLimits", ["perSession", "perAddress"]);
  return {
    perSession: readCount(refreshLimits, "perSession", MOST_REFRESHES, 120),
    perAddress: readCount(refreshLimits, "perAddress", MOST_REFRESHES, 1200),
  };
}

function readSessionsPerUser({ sessionsPerUser }: SessionServerOptions): Required<SessionsPerUser> {
  if (sessionsPerUser === undefined) return { most: 100, atLimit: "end-oldest" };
  assertMembers(sessionsPerUser, "sessionsPerUser", ["most", "atLimit"]);
  const { atLimit = "end-oldest" } = sessionsPerUser;
  if (atLimit !== "end-oldest" && atLimit !== "refuse") {
    const remedy = 'pass "end-oldest" or "refuse"';
    throw new ServerConfigError("invalid_option", "sessionsPerUser", "has no such way", remedy);
  }
  return { most: readCount(sessionsPerUser, "most", MOST_SESSIONS, 100), atLimit };
}

function assertMembers(value: object, option: string, members: readonly string[]): void {
  const isObject = typeof value === "object" && value !== null;
  if (isObject && Object.keys(value).every((name) => members.includes(name))) return;
  const remedy = `pass an object with ${members.join(" and ")}`;
  throw new ServerConfigError("invalid_option", option, "has the wrong form", remedy);
}

function refuseProduction(): void {
  // Read through the global object: other runtimes have no `process`.
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  if (process?.env?.["NODE_ENV"] !== "production") return;
  throw new ServerConfigError(
    "development_in_production",
    "development",
    "must not be set while NODE_ENV is production",
    "remove it and serve the site over https",
  );
}

function readPublicOrigin(options: SessionServerOptions, development: boolean): string | undefined {
  if (options.publicOrigin === undefined) return undefined;
  return readOrigin(options.publicOrigin, "publicOrigin", { allowPlainLoopback: development });
}

function readAllowedOrigins(options: SessionServerOptions, development: boolean): ReadonlySet<string> {
  const origins = readArray(options, "allowedOrigins") ?? [];
  return new Set(
    origins.map((origin, index) =>
      readOrigin(origin, `allowedOrigins[${index}]`, { allowPlainLoopback: development }),
    ),
  );
}

function readSameSite(options: SessionServerOptions): SameSite {
  const value = options.sameSite ?? "Strict";
  if (value === "Strict" || value === "Lax" || value === "None") return value;
  throw new ServerConfigError(
    "invalid_option",
    "sameSite",
    "must be Strict, Lax or None",
    'leave it out for "Strict"',
  );
}

function refuseContradictions(config: ServerConfig): void {
  const contradictions: readonly (readonly [boolean, string, string, string])[] = [
    [
      config.idleLifetimeMs > config.absoluteLifetimeMs,
      "idleLifetimeSeconds",
      "is longer than absoluteLifetimeSeconds",
      "shorten it or lengthen the other",
    ],
    [
      config.accessTokenLifetimeMs > config.idleLifetimeMs,
      "accessTokenLifetimeSeconds",
      "is longer than idleLifetimeSeconds",
      "shorten it: an access token should not outlive its session",
    ],
    [
      config.graceMs >= config.idleLifetimeMs,
      "graceSeconds",
      "is not shorter than idleLifetimeSeconds",
      "choose the worst duration of one refresh, for example 30",
    ],
    [
      config.development && config.sameSite === "None",
      "sameSite",
      "cannot be None in development: browsers want such cookies Secure",
      "serve the site over https without development",
    ],
  ];
  for (const [broken, option, fault, remedy] of contradictions) {
    if (broken) throw new ServerConfigError("conflicting_options", option, fault, remedy);
  }
}

/** Tells whether a URL may be served without TLS: plain http on a loopback host, in development only. */
export function isDevelopmentUrl(url: URL, config: ServerConfig): boolean {
  return config.development && url.protocol === "http:" && isLoopbackHost(url.hostname);
}
