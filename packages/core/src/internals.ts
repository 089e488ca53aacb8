/**
 * The parts below the public session, for `@lockstep/testing` and tools of its kind: the machine, the loop and the ports.
 *
 * Not covered by semantic versioning: any release may change what is here.
 */
import type { createListener } from "./listening/listener.js";

export { createSystemClock } from "./adapters/system-clock.js";
export { createAuthorisedFetch, type TokenSource } from "./http/authorised-fetch.js";
export type { FetchStream, StreamCallbacks } from "./listening/fetch-stream.js";
export type { Closing } from "./listening/machine.js";
export type { Effect } from "./machine/effect.js";
export type { Event, Peer, Stamp, WakeCause } from "./machine/event.js";
export { brokenLaws, type Observation } from "./machine/invariants.js";
export type {
  Failure,
  FreshToken,
  Identity,
  News,
  RefreshOutcome,
  SessionBounds,
  SignInOutcome,
  SignOutOutcome,
} from "./machine/outcome.js";
export { defaultPolicy, type Policy } from "./machine/policy.js";
export {
  decodeHold,
  decodeLifetime,
  decodeRecord,
  encodeHold,
  encodeLifetime,
  encodeRecord,
  isSettled,
  remainingMs,
  type Hold,
  type Lifetime,
  type Mark,
  type RegisterReading,
} from "./machine/register.js";
export { initialState, type Grant, type State } from "./machine/state.js";
export { transition } from "./machine/transition.js";
export {
  compareRecords,
  laterRecord,
  noRecord,
  type EpochRecord,
  type PendingRevocation,
} from "./machine/version.js";
export { decodeMessage, messageVersion, type Message } from "./machine/wire.js";
export type * from "./runtime/ports.js";
export { createRuntime, type Runtime, type RuntimeOptions } from "./runtime/runtime.js";
export { assembleSession, type SessionParts } from "./session.js";

/** What listens to the server: loaded apart here too. */
export async function loadCreateListener(): Promise<typeof createListener> {
  return (await import("./listening/listener.js")).createListener;
}
