import { emptyResponse } from "./responses.js";
import { RequestProblem } from "./request-problem.js";

const PREFLIGHT_MAX_AGE_SECONDS = "600";

/**
 * Marks an answer as readable by its caller, if the caller's origin is on the list, and by nobody else.
 *
 * The origin is compared with an exact list, never reflected, never matched by suffix; `null` is on no list (R-045, F12).
 *
 * @see Fetch Standard, CORS protocol; R-046 for the exposed headers
 */
export function withCorsHeaders(
  request: Request,
  response: Response,
  allowedOrigins: ReadonlySet<string>,
): Response {
  const origin = request.headers.get("origin");
  const allowed = origin !== null && allowedOrigins.has(origin);
  response.headers.set("cross-origin-resource-policy", allowed ? "cross-origin" : "same-origin");
  if (!allowed) return response;
  response.headers.set("access-control-allow-origin", origin);
  response.headers.set("access-control-allow-credentials", "true");
  response.headers.set("access-control-expose-headers", "WWW-Authenticate, Retry-After, Date");
  return response;
}

/**
 * Answers a preflight.
 *
 * @param methods those of the path asked for
 * @throws RequestProblem `request_forgery` for an origin that is not on the list
 */
export function preflightResponse(
  request: Request,
  methods: string,
  allowedOrigins: ReadonlySet<string>,
): Response {
  const origin = request.headers.get("origin");
  if (origin === null) return emptyResponse({ allow: methods });
  if (!allowedOrigins.has(origin))
    throw new RequestProblem("request_forgery", "The Origin is not allowed here.");
  return emptyResponse({
    "access-control-allow-methods": methods,
    // Named one by one: a wildcard covers neither `Authorization` nor anything sent with credentials.
    "access-control-allow-headers": "authorization, content-type, last-event-id, lockstep-protocol",
    "access-control-max-age": PREFLIGHT_MAX_AGE_SECONDS,
    vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  });
}
