import type { SameSite } from "./options.js";
import { parseRefreshToken, type RefreshToken } from "./refresh-token.js";
import { RequestProblem } from "./request-problem.js";
import type { SessionRecord } from "./session-record.js";

/** The longest life that browsers grant a cookie (RFC 6265bis section 5.5): 400 days, in seconds. */
const LONGEST_MAX_AGE_SECONDS = 400 * 86_400;

/**
 * The cookies outlive the session's deadline by this, so that the next refresh still presents them and is told why the
 * session ended, instead of finding nothing. What they hold has ended all the same: the record decides. As long as
 * records are kept.
 */
const AFTERLIFE_SECONDS = 3_600;

/** Names and attributes of the two cookies of one server, in one mode. */
export interface CookieProfile {
  readonly refreshName: string;
  readonly versionName: string;
  /** What follows `Max-Age`, the same when set and when cleared. */
  readonly attributes: string;
}

/** What the `Cookie` header says about the session. */
export type PresentedCookie =
  /** `stale`: a version cookie stayed behind after the browser evicted the refresh cookie (F8). */
  | { readonly kind: "none"; readonly stale: boolean }
  | { readonly kind: "malformed" }
  | { readonly kind: "token"; readonly token: RefreshToken };

/**
 * Returns the profile of production (`__Host-`, `Secure`) or of development on a loopback host.
 *
 * `__Host-` makes the browser refuse a cookie that a sibling subdomain tries to plant (R-100, F7).
 *
 * @see RFC 6265bis section 4.1.3.2
 */
export function cookieProfile(
  baseName: string,
  sameSite: SameSite,
  mode: "production" | "development",
): CookieProfile {
  if (mode === "development") {
    return { refreshName: baseName, versionName: `${baseName}-version`, attributes: `SameSite=${sameSite}` };
  }
  const partitioned = sameSite === "None" ? "; Partitioned" : "";
  return {
    refreshName: `__Host-${baseName}`,
    versionName: `__Host-${baseName}-version`,
    attributes: `Secure; SameSite=${sameSite}${partitioned}`,
  };
}

/**
 * Returns the two `Set-Cookie` values of a grant: the refresh cookie first, the version cookie last.
 *
 * Clients take the sight of the new version for proof that the refresh cookie is stored, and browsers process the headers
 * of one response in order.
 */
export function grantCookies(
  profile: CookieProfile,
  record: SessionRecord,
  token: RefreshToken,
  at: number,
): readonly [string, string] {
  const remainingMs = Math.min(record.idleExpiresAt, record.absoluteExpiresAt) - at;
  const maxAge = Math.min(Math.ceil(remainingMs / 1000) + AFTERLIFE_SECONDS, LONGEST_MAX_AGE_SECONDS);
  return cookiePair(profile, token.text, `${record.id}.${record.generation}`, maxAge);
}

/** Returns the two `Set-Cookie` values that remove what {@link grantCookies} set. */
export function clearedCookies(profile: CookieProfile): readonly [string, string] {
  return cookiePair(profile, "", "", 0);
}

function cookiePair(
  profile: CookieProfile,
  token: string,
  version: string,
  maxAge: number,
): readonly [string, string] {
  const { refreshName, versionName, attributes } = profile;
  return [
    `${refreshName}=${token}; Path=/; Max-Age=${maxAge}; HttpOnly; ${attributes}`,
    `${versionName}=${version}; Path=/; Max-Age=${maxAge}; ${attributes}`,
  ];
}

/** Returns the names and values of the `Cookie` header, in its order. */
export function readCookies(headers: Headers): readonly { readonly name: string; readonly value: string }[] {
  return (headers.get("cookie") ?? "").split(";").map((pair) => {
    const equals = pair.indexOf("=");
    return { name: pair.slice(0, Math.max(0, equals)).trim(), value: pair.slice(equals + 1).trim() };
  });
}

/**
 * Reads the refresh token out of the `Cookie` header.
 *
 * @throws RequestProblem `invalid_request` when the cookie is there twice: one of them was planted, and no rule tells which
 */
export function readRefreshCookie(headers: Headers, profile: CookieProfile): PresentedCookie {
  const pairs = readCookies(headers);
  const [found, second] = pairs.filter((pair) => pair.name === profile.refreshName);
  if (second !== undefined) {
    throw new RequestProblem("invalid_request", "The session cookie is there more than once.");
  }
  if (found === undefined) {
    return { kind: "none", stale: pairs.some((pair) => pair.name === profile.versionName) };
  }
  const token = parseRefreshToken(found.value);
  return token === null ? { kind: "malformed" } : { kind: "token", token };
}
