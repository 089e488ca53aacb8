/** A failure of the machine as the error that callers get. */
import { SessionError, type SessionErrorDetails } from "../errors.js";
import type { Failure, FailureCode } from "../machine/outcome.js";
import type { EndReason } from "../machine/version.js";

const texts: Readonly<Record<FailureCode, string>> = {
  network: "The session endpoint could not be reached.",
  timeout: "The session endpoint took too long to answer.",
  "rate-limited": "The session endpoint asks to slow down.",
  unavailable: "The session endpoint is not available.",
  "bad-answer": "Something that is not the session endpoint answered in its place.",
  conflict: "The session is being changed elsewhere.",
  refused: "The session endpoint refuses how it is asked; check origin, headers and configuration.",
};

export function failureError({ code, retryAfterMs, status }: Failure): SessionError {
  const details: SessionErrorDetails = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
  };
  return new SessionError(code, texts[code], details);
}

export function unauthenticatedError(reason: EndReason): SessionError {
  return new SessionError("unauthenticated", `Nobody is signed in (${reason}).`, { reason });
}
