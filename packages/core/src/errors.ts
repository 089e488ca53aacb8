import type { FailureCode } from "./machine/outcome.js";
import type { EndReason } from "./machine/version.js";

/**
 * Every code a {@link SessionError} can carry. Stable: applications switch over it.
 *
 * - `unauthenticated`: nobody is signed in; `reason` says why.
 * - `network`, `timeout`, `unavailable`, `bad-answer`, `conflict`, `rate-limited`: no token for now, the session is kept
 *   and recovers by itself; `retryAfterMs` says when the next try is due.
 * - `refused`: the backend rejects the way it is asked (origin, header, configuration), and `status` has the HTTP status; or its
 *   policy does not extend sessions.
 * - `user-changed`: another user signed in while this call was under way; nothing is sent for them, and no answer handed over.
 * - `sign-in-failed`: the login call answered with an error status; `response` is that answer.
 * - `sign-in-superseded`: sign-out was called while the login was under way.
 * - `sign-in-in-progress`: another `signIn` of this tab is still under way.
 * - `step-up-cancelled`: the user would not prove again who they are.
 * - `step-up-insufficient`: what they proved does not meet what was asked for.
 * - `step-up-failed`: it could not be proved; `cause` says why.
 * - `invalid-option`: an option is not what it must be; the message names it and the remedy.
 * - `overloaded`: more callers wait than the session keeps; something calls in a loop.
 * - `disposed`: the session was disposed.
 * - `unsupported-environment`: there is no browser here (server rendering, a worker).
 */
export type SessionErrorCode =
  | "unauthenticated"
  | FailureCode
  | "user-changed"
  | "sign-in-failed"
  | "sign-in-superseded"
  | "sign-in-in-progress"
  | "step-up-cancelled"
  | "step-up-insufficient"
  | "step-up-failed"
  | "invalid-option"
  | "overloaded"
  | "disposed"
  | "unsupported-environment";

/** What a {@link SessionError} may tell beyond its code. */
export interface SessionErrorDetails {
  readonly cause?: unknown;
  /** With `unauthenticated`. */
  readonly reason?: EndReason;
  /** When the next try is due, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** The HTTP status that was answered, where there was one. */
  readonly status?: number;
  /** With `sign-in-failed`: the login call's own answer, unread. Not enumerable, never serialised. */
  readonly response?: unknown;
}

/**
 * The one error class of this package. Holds no token and no cookie, in no member (L5).
 *
 * @example
 * ```ts
 * import { isSessionError, type Session } from "@lockstep/core";
 * declare const session: Session;
 * try {
 *   await session.getAccessToken();
 * } catch (error) {
 *   if (isSessionError(error) && error.code === "unauthenticated") location.assign("/login");
 *   else throw error;
 * }
 * ```
 */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;
  declare readonly reason?: EndReason;
  declare readonly retryAfterMs?: number;
  declare readonly status?: number;
  declare readonly response?: unknown;

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails = {}) {
    const { cause, reason, retryAfterMs, status, response } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (reason !== undefined) this.reason = reason;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (status !== undefined) this.status = status;
    if (response !== undefined) Object.defineProperty(this, "response", { value: response });
  }
}

/**
 * Whether `error` is a {@link SessionError}, of whichever realm, copy or build of this package: it looks at the literal
 * `name` and the `code`, which survive minification.
 */
export function isSessionError(error: unknown): error is SessionError {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as SessionError).name === "SessionError" &&
    typeof (error as SessionError).code === "string"
  );
}
