/** A failure of the machine as the error that callers get. */
import { SessionError, type SessionErrorDetails } from "../errors.js";
import type { Failure } from "../machine/outcome.js";
import type { EndReason } from "../machine/version.js";

export function failureError({ code, retryAfterMs, status }: Failure): SessionError {
  const details: SessionErrorDetails = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
  };
  return new SessionError(
    code,
    `The session endpoint could not be asked for now (${code}); the session is kept.`,
    details,
  );
}

export function unauthenticatedError(reason: EndReason): SessionError {
  return new SessionError("unauthenticated", `Nobody is signed in (${reason}).`, { reason });
}
