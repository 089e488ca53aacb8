/**
 * What the browsers run. Every client is the real machine: the models to compare with are the same code under another
 * policy, with a die that always shows the same.
 */
import { defaultPolicy, type Policy } from "@lockstep/core/internals";

export interface Client {
  readonly name: string;
  readonly policy: Policy;
  /** `false`: every roll is one half, so that nothing is left to chance and the averages stay the same. */
  readonly rolls: boolean;
}

/** As people get it. */
export const lockstep: Client = { name: "Lockstep", policy: defaultPolicy, rolls: true };

export const withoutJitter: Client = {
  name: "exponential, no jitter",
  policy: { ...defaultPolicy, onlineSpreadMs: 0 },
  rolls: false,
};

/** The machine pauses for three quarters of a step when the die shows one half. */
const oneSecondStepMs = 1_000 / 0.75;

export const everySecond: Client = {
  name: "again every second",
  policy: {
    ...defaultPolicy,
    backoffBaseMs: oneSecondStepMs,
    backoffCapMs: oneSecondStepMs,
    onlineSpreadMs: 0,
    // It has never heard of `Retry-After`.
    retryAfterCapMs: 0,
  },
  rolls: false,
};
