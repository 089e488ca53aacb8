import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import { RequestProblem } from "./request-problem.js";

const WINDOW_SECONDS = 60;

/** How many refreshes a minute are answered, by this process. */
export interface RefreshLimits {
  /** Of one session, in all its tabs. Counted are genuine tokens only, so that no stranger can use it up. Default 120. */
  readonly perSession?: number | undefined;
  /** From one address, where `clientAddress` tells it. Default 1200: many people may share one. */
  readonly perAddress?: number | undefined;
}

/** Lets a refresh pass, or throws. */
export interface RefreshGate {
  /** @throws RequestProblem `rate_limited`, with `Retry-After` */
  readonly bySession: (sessionId: string) => Promise<void>;
  /** @throws RequestProblem `rate_limited`, with `Retry-After` */
  readonly byAddress: (address: string | null) => Promise<void>;
}

/** Returns the gate of one server; `null` limits nothing. */
export function createRefreshGate(limits: Required<RefreshLimits> | null): RefreshGate {
  if (limits === null) return { bySession: async () => undefined, byAddress: async () => undefined };
  const bySession = createGate(Number(limits.perSession));
  const byAddress = createGate(Number(limits.perAddress));
  return {
    bySession,
    byAddress: async (address) => (address === null ? undefined : byAddress(address)),
  };
}

function createGate(points: number): (key: string) => Promise<void> {
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  return async (key) => {
    const { msBeforeNext, consumedPoints } = await limiter.penalty(key);
    if (consumedPoints <= points) return;
    throw new RequestProblem("rate_limited", "Too many refreshes. Wait before the next one.", {
      "retry-after": String(Math.max(1, Math.ceil(msBeforeNext / 1000))),
    });
  };
}
