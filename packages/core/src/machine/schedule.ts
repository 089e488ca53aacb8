/** When things are due: arithmetic on milliseconds, with the jitter (`roll`, 0 ≤ roll < 1) handed in. */
import type { Policy } from "./policy.js";

/** The lifetime of a token, and when the request that brought it began, on the tab's own clock. */
export interface Lifetime {
  readonly startedAt: number;
  readonly lifetimeMs: number;
}

/** The least pause before a token that arrived stale is replaced: a slow network must not become a storm. */
const leastPauseMs = 1_000;

/** Expiry counts from the start of the request, never from a wall clock. */
export function expiresAt({ startedAt, lifetimeMs }: Lifetime): number {
  return startedAt + lifetimeMs;
}

/**
 * When to refresh: ahead of expiry by at most a quarter of the lifetime, the tabs spread over half of that head start
 * so that one of them is first.
 */
export function dueAt(
  token: Lifetime,
  policy: Policy,
  { at, roll }: { readonly at: number; readonly roll: number },
): number {
  const ahead = Math.min(policy.refreshAheadMs, token.lifetimeMs / 4);
  return Math.max(at + Math.min(leastPauseMs, ahead), expiresAt(token) - ahead + (roll * ahead) / 2);
}

/**
 * The validity a caller gets at least. What the caller asks for is bounded by half of the lifetime: no refresh could
 * satisfy more for long, and each call would cost one (L1).
 */
export function requiredValidityMs(token: Lifetime, policy: Policy, askedMs = 0): number {
  return Math.max(
    Math.min(policy.minValidityMs, token.lifetimeMs / 10),
    // A caller may ask for anything, `NaN` included.
    Math.min(askedMs || 0, token.lifetimeMs / 2),
  );
}

/** Whether the token outlives `at` by the required validity (L6). */
export function isFresh(token: Lifetime, policy: Policy, at: number, askedMs?: number): boolean {
  return at + requiredValidityMs(token, policy, askedMs) < expiresAt(token);
}

/** The step of an exponential back-off. `failures` counts from 1. */
function stepMs(failures: number, { backoffCapMs, backoffBaseMs }: Policy): number {
  return Math.min(backoffCapMs, backoffBaseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30));
}

/** Exponential back-off with jitter: between half of the step and the whole of it. */
export function backoffMs(failures: number, policy: Policy, roll: number): number {
  return stepMs(failures, policy) * (0.5 + roll / 2);
}

/**
 * A pause that the server asked for, plus jitter as wide as half of it: the end of a maintenance, named to a million
 * browsers, must not be the moment in which they all come (docs/outage.md).
 */
export function askedPauseMs(askedMs: number, failures: number, policy: Policy, roll: number): number {
  return askedMs + roll * Math.min(policy.backoffCapMs, Math.max(stepMs(failures, policy), askedMs / 2));
}

/**
 * The pause that is left once the connection is back: short after a short interruption, spread after a long one. By the
 * nonce of the refresh, not by chance, so that all tabs of a browser come to the same.
 */
export function onlinePauseMs(attempt: string, failures: number, policy: Policy): number {
  // FNV-1a.
  let word = 2_166_136_261;
  for (const character of attempt) word = Math.imul(word ^ character.charCodeAt(0), 16_777_619);
  return ((word >>> 0) / 2 ** 32) * Math.min(policy.onlineSpreadMs, stepMs(failures, policy) / 2);
}
