/** Access tokens that the demo treats as expired before their time, so that one sees what a 401 leads to. */
import { createHash } from "node:crypto";

/** More than one click a second over the longest lifetime; the oldest is forgotten first. */
const maxEntries = 1_000;

export interface ExpiredTokens {
  /** From now on the token of this request is expired. */
  add(request: Request): void;
  has(request: Request): boolean;
}

export function createExpiredTokens(): ExpiredTokens {
  const hashes = new Set<string>();
  const hashOf = (request: Request): string =>
    createHash("sha256")
      .update(request.headers.get("authorization") ?? "")
      .digest("base64url");

  return {
    add(request) {
      hashes.add(hashOf(request));
      const [oldest] = hashes;
      if (hashes.size > maxEntries && oldest !== undefined) hashes.delete(oldest);
    },
    has: (request) => hashes.has(hashOf(request)),
  };
}

/** The 401 of an expired token. @see RFC 6750 §3.1 */
export function expiredResponse(): Response {
  return Response.json(
    { error: "invalid_token" },
    { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
  );
}
