import { readCookies, type CookieProfile } from "./cookies.js";
import type { RefreshToken } from "./refresh-token.js";
import type { EndReason } from "./session-record.js";

/** Why nobody is signed in, in the words of the client: it tells its own sign-outs from others. */
export type ClientEndReason = EndReason | "signed-out-elsewhere";

/** A record, not a list, so that the compiler misses a word that is missing here. */
const REASONS: Readonly<Record<ClientEndReason, true>> = {
  "no-session": true,
  idle: true,
  expired: true,
  revoked: true,
  "reuse-detected": true,
  "signed-out": true,
  "signed-out-elsewhere": true,
};

/** Version ~ epoch ~ `.` and the session's id, or `-` ~ reason ~ revocation that the server was not told of, or `-`. */
const FORMAT = /^1~[0-9]{1,15}~(?:-|\.([^~]+))~([a-z-]+)~(-|this|all)$/;

/**
 * Reads what the client itself says in its record cookie: that the session of `token` is over, and why. `null` otherwise.
 *
 * A sign-out counts before the server has heard of it: the refresh cookie of someone who signed out offline is still good,
 * and a page must not greet them (L3). Any script of the site can write the cookie; all it achieves is a sign-in form.
 */
export function readTombstone(
  headers: Headers,
  profile: CookieProfile,
  token: RefreshToken | null,
): ClientEndReason | null {
  const cookie = readCookies(headers).find(({ name }) => name === `${profile.refreshName}-epoch`);
  const [matched, sessionId, reason = "", pending] = FORMAT.exec(cookie?.value ?? "") ?? [];
  if (matched === undefined || !Object.hasOwn(REASONS, reason)) return null;
  // A token of another session is a sign-in that the client was not told of; a revocation without a name means any.
  const isMeant = sessionId === undefined ? pending !== "-" : sessionId === token?.sessionId;
  return token === null || isMeant ? (reason as ClientEndReason) : null;
}
