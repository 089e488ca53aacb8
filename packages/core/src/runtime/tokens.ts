/** Callers that need a token: turned away at once where there is nothing to wait for, else kept until one can be handed out. */
import { isSessionError, SessionError } from "../errors.js";
import { usableGrant } from "../machine/demand.js";
import type { Event } from "../machine/event.js";
import { isSameUser, type Failure } from "../machine/outcome.js";
import type { Policy } from "../machine/policy.js";
import type { Grant, State } from "../machine/state.js";
import { failureError, unauthenticatedError } from "./failure-error.js";
import type { ClockPort, TimersPort } from "./ports.js";
import { createWaitingRoom, type AbortSignalLike } from "./waiters.js";

/** The longest any promise of the session stays pending: a full wait for the lock, and a refresh after it (L7). */
export const waitLimitMs = 60_000;

export interface TokensOptions {
  readonly policy: Policy;
  readonly clock: ClockPort;
  readonly timers: TimersPort;
  readonly state: () => State;
  readonly send: (event: Event) => void;
}

export interface Tokens {
  /**
   * Waits for a token that is not `refused`, the one the caller does not want any more. What arrives meanwhile is as new
   * as can be had: of it no more is asked than that it may be handed out, so that nobody waits for the impossible.
   */
  wait(refused: Grant | null, minValidityMs?: number, signal?: AbortSignalLike | null): Promise<Grant>;
  /** Whether the user of `sent` is still the one signed in, or nobody is; `false` if that cannot be found out. */
  isSameUser(sent: Grant): Promise<boolean>;
  /** Lets everybody who waits look again. */
  look(): void;
  fail(failure: Failure): void;
}

/** Throws where the session was disposed. */
export function assertLive({ life }: State): void {
  if (life === "disposed") throw new SessionError("disposed", "The session was disposed.");
}

/** Turns a caller away for whom there is nothing to wait. */
export function assertSession(state: State): void {
  assertLive(state);
  const { record, who } = state;
  if (record.status === "out")
    throw unauthenticatedError(who.status === "unauthenticated" ? who.reason : record.reason);
}

export function createTokens({ policy, clock, timers, state, send }: TokensOptions): Tokens {
  const room = createWaitingRoom("a token", timers);

  function wait(
    refused: Grant | null,
    minValidityMs?: number,
    signal?: AbortSignalLike | null,
  ): Promise<Grant> {
    const before = state().grant;
    const promise = room.wait(
      () => {
        const now = state();
        assertSession(now);
        const asked = now.grant === before ? minValidityMs : undefined;
        const grant = usableGrant(now, policy, clock.now(), asked);
        return grant === refused ? undefined : (grant ?? undefined);
      },
      { limitMs: waitLimitMs, signal: signal ?? null },
    );
    const { wanted } = state();
    const fresh = refused !== null;
    if (room.size > 0 && (wanted === "nothing" || (fresh && wanted === "token")))
      send({ type: "token-wanted", fresh, minValidityMs: minValidityMs ?? 0 });
    return promise;
  }

  return {
    wait,
    async isSameUser(sent) {
      const { record } = state();
      if (record.epoch === sent.epoch || record.status === "out") return true;
      try {
        return isSameUser(sent.identity, (await wait(null)).identity);
      } catch (error) {
        return isSessionError(error) && error.code === "unauthenticated";
      }
    },
    look: room.tryAll,
    fail: (failure) => room.failAll(() => failureError(failure)),
  };
}
