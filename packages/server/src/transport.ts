import { isDevelopmentUrl, type ServerConfig } from "./config.js";
import { cookieProfile, type CookieProfile } from "./cookies.js";
import { assertOrigin } from "./request-gate.js";
import { RequestProblem } from "./request-problem.js";

/** How a request reached us, as far as that settles cookies and origins. */
export interface Transport {
  readonly ownOrigin: string;
  readonly cookies: CookieProfile;
}

/**
 * Settles the public origin of a request and the cookies that go with it.
 *
 * Plain http is refused outside development: browsers would drop `Secure` cookies without a word, and the loss would look
 * like a session that will not stay.
 *
 * @throws RequestProblem `insecure_transport`
 */
export function readTransport(request: Request, config: ServerConfig): Transport {
  const url = new URL(config.publicOrigin ?? request.url);
  if (isDevelopmentUrl(url, config)) {
    return {
      ownOrigin: url.origin,
      cookies: cookieProfile(config.cookieName, config.sameSite, "development"),
    };
  }
  if (url.protocol === "https:") {
    return {
      ownOrigin: url.origin,
      cookies: cookieProfile(config.cookieName, config.sameSite, "production"),
    };
  }
  throw new RequestProblem(
    "insecure_transport",
    "Sessions need https. Behind a proxy set `publicOrigin`; on localhost set `development: true`.",
  );
}

/** Refuses a request that another site could have caused; see {@link assertOrigin}. */
export function assertOwnOrigin(request: Request, transport: Transport, config: ServerConfig): void {
  assertOrigin(request.headers, { ownOrigin: transport.ownOrigin, allowedOrigins: config.allowedOrigins });
}
