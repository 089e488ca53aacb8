import { base64url, jwtVerify, SignJWT } from "jose";

import type { ServerConfig } from "./config.js";
import type { JsonObject, JsonValue } from "./json.js";
import type { SessionRecord } from "./session-record.js";
import { importSigningKeys, type ImportedKey } from "./signing-keys.js";

const TOKEN_TYPE = "at+jwt";

/** How far ahead the clock of another node may be when it stamps `iat`, in seconds. */
const FUTURE_LEEWAY_SECONDS = 5;
const LONGEST_TOKEN = 8192;

/** RFC 7515 section 3.1. Decoders that skip blanks would accept one signature in many spellings. */
const COMPACT_FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The claims that the server sets itself; `start` refuses them as custom claims. */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  "iss",
  "aud",
  "sub",
  "exp",
  "nbf",
  "iat",
  "jti",
  "sid",
  "auth_time",
  "acr",
  "amr",
  "client_id",
  "scope",
  "cnf",
  "nonce",
]);

/** What a valid access token says. */
export interface AccessTokenContent {
  readonly userId: string;
  readonly sessionId: string;
  /** The custom claims given to `start`. */
  readonly claims: JsonObject;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly acr: string | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Signs and verifies the access tokens of one server. */
export interface AccessTokens {
  /** @param at milliseconds since the epoch */
  sign(record: SessionRecord, at: number): Promise<string>;
  /** Returns `null` for whatever is not a valid access token of this server. Rejects only when the keys are unusable. */
  verify(token: string, at: number): Promise<AccessTokenContent | null>;
}

/**
 * Returns the signer and verifier of a server's access tokens.
 *
 * `exp` is rounded up and checked without leeway: a token is good for at least the `expires_in` that came with it, and for
 * less than a second more.
 *
 * @see RFC 9068 (JWT profile for access tokens), RFC 8725 (JWT best current practices)
 */
export function createAccessTokens(config: ServerConfig): AccessTokens {
  let importing: Promise<readonly ImportedKey[]> | undefined;
  const importedKeys = (): Promise<readonly ImportedKey[]> =>
    (importing ??= importSigningKeys(config.signingKeys));

  return {
    async sign(record, at) {
      const [key] = await importedKeys();
      return signWith(key as ImportedKey, record, at, config);
    },

    async verify(token, at) {
      const keys = await importedKeys();
      if (token.length > LONGEST_TOKEN || !COMPACT_FORM.test(token)) return null;
      try {
        const { payload } = await jwtVerify(
          token,
          // keys come from here and nowhere else; `jku`, `x5u` and `jwk` are not looked at.
          ({ kid, alg }) => {
            const key = keys.find((candidate) => candidate.kid === kid && candidate.alg === alg);
            if (key === undefined) throw new Error("No such key.");
            return key.publicKey;
          },
          {
            algorithms: keys.map((key) => key.alg),
            typ: TOKEN_TYPE,
            issuer: config.issuer,
            audience: config.audience,
            requiredClaims: ["exp", "iat", "sub", "sid", "auth_time"],
            currentDate: new Date(at),
          },
        );
        return toContent(payload as JsonObject, at);
      } catch {
        // Every cause is the caller's: the answer is the same, and says nothing about which check failed.
        return null;
      }
    },
  };
}

/** The claims that every access token of a session has alike: all but `jti`, `iat` and `exp`. */
export function lastingClaims(record: SessionRecord, config: ServerConfig): JsonObject {
  return {
    ...record.claims,
    sid: record.id,
    auth_time: Math.floor(record.authTime / 1000),
    ...(record.acr === null ? {} : { acr: record.acr }),
    ...(record.amr === null ? {} : { amr: [...record.amr] }),
    iss: config.issuer,
    aud: config.audience,
    sub: record.userId,
  };
}

function signWith(
  key: ImportedKey,
  record: SessionRecord,
  at: number,
  config: ServerConfig,
): Promise<string> {
  return new SignJWT({ ...lastingClaims(record, config) })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: TOKEN_TYPE })
    .setJti(base64url.encode(config.random(16)))
    .setIssuedAt(Math.floor(at / 1000))
    .setExpirationTime(Math.ceil((at + config.accessTokenLifetimeMs) / 1000))
    .sign(key.privateKey);
}

function toContent(payload: JsonObject, at: number): AccessTokenContent | null {
  const { sub, sid, iat, exp, auth_time: authTime, acr } = payload as Record<string, JsonValue>;
  if (typeof sub !== "string" || typeof sid !== "string" || typeof authTime !== "number") return null;
  if (typeof iat !== "number" || iat > at / 1000 + FUTURE_LEEWAY_SECONDS) return null;
  const custom = Object.entries(payload).filter(([name]) => !RESERVED_CLAIMS.has(name));
  return {
    userId: sub,
    sessionId: sid,
    claims: Object.fromEntries(custom),
    authTime,
    acr: typeof acr === "string" ? acr : null,
    expiresAt: exp as number,
  };
}
