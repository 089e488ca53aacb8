import { clearedCookies, grantCookies, type CookieProfile } from "./cookies.js";
import type { Grant } from "./grant.js";
import type { EndReason } from "./session-record.js";
import type { RequestProblem } from "./request-problem.js";

/** On every answer that is not the key set: nobody caches, sniffs or embeds it (RFC 6749 section 5.1, R-107, R-115). */
const SESSION_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  vary: "Origin, Sec-Fetch-Site, Cookie",
} as const;

const KEY_SET_MAX_AGE_SECONDS = 300;

/** Returns a JSON answer with the headers of every session answer. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...SESSION_HEADERS, "content-type": "application/json", ...headers },
  });
}

/** Returns an answer without a body. */
export function emptyResponse(headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 204, headers: { ...SESSION_HEADERS, ...headers } });
}

/** Returns the answer to a refresh or a sign-in. */
export function grantResponse(grant: Grant, profile: CookieProfile): Response {
  return withCookies(
    jsonResponse(200, grant.body),
    grantCookies(profile, grant.record, grant.token, grant.at),
  );
}

/** Returns the one definitive end. Everything else that goes wrong leaves the client signed in (L4). */
export function endedResponse(reason: EndReason, cleared: CookieProfile | null): Response {
  const response = jsonResponse(401, {
    error: "session_ended",
    error_description: "The session is over. Sign in again.",
    reason,
  });
  return cleared === null ? response : withCookies(response, clearedCookies(cleared));
}

/** Returns the answer to a sign-out. */
export function signedOutResponse(cleared: CookieProfile | null): Response {
  return cleared === null ? emptyResponse() : withCookies(emptyResponse(), clearedCookies(cleared));
}

/** Returns the answer to a request that got no further. */
export function problemResponse(problem: RequestProblem): Response {
  return jsonResponse(
    problem.status,
    { error: problem.code, error_description: problem.message },
    problem.headers,
  );
}

/**
 * Returns an open event stream. `no-transform` keeps compression away from it, and the last header the buffers of nginx: both
 * would hold an event back until there are enough of them. Its connection is kept for nothing after it: a process that
 * ends its streams to stop would wait for it. HTTP/2 has no such header, and Node leaves it out there.
 */
export function eventStreamResponse(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, {
    headers: {
      ...SESSION_HEADERS,
      "cache-control": "no-store, no-transform",
      connection: "close",
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
    },
  });
}

/** Returns the public keys: the one answer that caches may keep. */
export function keySetResponse(keySet: unknown): Response {
  return jsonResponse(200, keySet, {
    "cache-control": `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`,
    "content-type": "application/jwk-set+json",
    vary: "Origin",
  });
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  return response;
}
