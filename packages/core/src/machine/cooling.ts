/** Failures that end nothing: one back-off, shared by all tabs through the register (L4, L10). */
import type { Failure, FailureCode } from "./outcome.js";
import { hasMoved, isOfTry, isSettled, remainingMs, type Hold } from "./register.js";
import { askedPauseMs, backoffMs } from "./schedule.js";
import type { State } from "./state.js";
import { inspect, rest, type Turn } from "./turn.js";
import { pendingOf } from "./version.js";

/** Pauses; the lock is given back, and whoever waits is told why. */
export function cool(state: State, turn: Turn, delayMs: number, failure: Failure): State {
  const idle = rest(state, turn);
  turn.effects.push(
    { type: "arm-timer", name: "cool", delayMs },
    { type: "fail-waiters", failure: { ...failure, retryAfterMs: delayMs } },
  );
  if (pendingOf(state.record) !== null) turn.effects.push({ type: "settle-sign-out", revoked: false });
  inspect(turn, { type: "backing-off", code: failure.code, retryInMs: delayMs });
  return {
    ...idle,
    wanted: "nothing",
    extension: null,
    problem: state.record.status === "in" ? failure.code : null,
    work: { phase: "cooling", until: turn.at + delayMs, failure },
  };
}

/** A try failed: all tabs pause together, by a back-off that the register carries (L10). */
export function fail(
  state: State,
  turn: Turn,
  tried: Pick<Hold, "attempt" | "base" | "failures">,
  failure: Failure,
): State {
  const { policy, roll, wall, reading } = turn;
  const { attempt, base } = tried;
  const failures = tried.failures + 1;
  const asked = Math.min(failure.retryAfterMs ?? 0, policy.retryAfterCapMs);
  const least = leastDelayMs(failure.code, turn);
  const ttlMs =
    asked > least ? askedPauseMs(asked, failures, policy, roll) : least + backoffMs(failures, policy, roll);
  const { hold: published } = reading;
  // A tab that stole the lock from us may have published its own: that one stands. If it has refreshed by now, its nonce must
  // stay: a late answer to us may yet set the cookie back to what that nonce rotated.
  const isOver = (hold: Hold): boolean => isSettled(hold, reading, wall) && !hasMoved(base, reading);
  if (published === null || isOfTry(published, tried) || isOver(published)) {
    const hold = {
      kind: "cooldown",
      attempt,
      base,
      startedAtWall: wall,
      ttlMs,
      failures,
      code: failure.code,
    } as const;
    turn.effects.push({ type: "write-hold", hold });
  }
  return cool(state, turn, ttlMs, failure);
}

function leastDelayMs(code: FailureCode, { policy, reading, wall }: Turn): number {
  if (code === "refused") return policy.refusedDelayMs;
  // The answer may still come: nobody sends the same credential again before the claim has run out (L2).
  return code === "timeout" && reading.hold !== null ? remainingMs(reading.hold, wall) : 0;
}
