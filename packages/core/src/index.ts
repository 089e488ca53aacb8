/** `@lockstep/core`: people stay signed in, silently, in every tab, and are signed out everywhere the moment something is wrong. */
export { createSession } from "./create-session.js";
export { SessionError, isSessionError, type SessionErrorCode, type SessionErrorDetails } from "./errors.js";
export type { FailureCode } from "./machine/outcome.js";
export type { SessionSnapshot } from "./machine/snapshot.js";
export type { SessionWarning } from "./machine/state.js";
export type { EndReason, SignOutScope } from "./machine/version.js";
export type { SessionOptions } from "./options.js";
export type { SignOutResult } from "./runtime/calls.js";
export type { Inspected } from "./runtime/inspecting.js";
export type { AccessTokenOptions, ExtendOptions, Session, SignOutOptions, StepUpOptions } from "./session.js";
export type { SessionControl, SessionInfo } from "./session-control.js";
export type { StepUpChallenge, StepUpHandler } from "./step-up.js";
