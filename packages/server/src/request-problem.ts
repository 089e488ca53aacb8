/** The `error` member of every error answer (RFC 6749 section 5.2 gives the shape). */
export type ProblemCode =
  | "invalid_request"
  | "request_forgery"
  | "access_denied"
  | "extension_refused"
  | "insecure_transport"
  | "not_found"
  | "method_not_allowed"
  | "unsupported_media_type"
  | "conflict"
  | "content_too_large"
  | "rate_limited"
  | "session_limit"
  | "temporarily_unavailable"
  | "server_error";

const STATUS: Readonly<Record<ProblemCode, number>> = {
  invalid_request: 400,
  insecure_transport: 400,
  access_denied: 403,
  extension_refused: 403,
  request_forgery: 403,
  session_limit: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  content_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  server_error: 500,
  temporarily_unavailable: 503,
};

/**
 * A request that gets no answer but an error: thrown anywhere in a request, turned into a response in one place.
 *
 * None of these ends a session or touches a cookie: only `session_ended` is definitive, and that is not a problem but an
 * answer.
 */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param description for people: printable ASCII, nothing that came with the request */
  constructor(code: ProblemCode, description: string, headers: Readonly<Record<string, string>> = {}) {
    super(description);
    this.code = code;
    this.status = STATUS[code];
    this.headers = headers;
  }
}
