/**
 * The way to the lock, and what is looked at once it is held. The lock is an optimisation; the claim, the register and
 * the server's answer are the safety.
 */
import { cool } from "./cooling.js";
import { isRefreshCalledFor } from "./demand.js";
import { isSettled, newestRevision, remainingMs, type Hold } from "./register.js";
import { send } from "./sending.js";
import type { Intent, State, Work } from "./state.js";
import { inspect, nextTicket, readPeers, rest, type Turn } from "./turn.js";

type Locking = Extract<Work, { phase: "locking" }>;

/** Queues for the lock, in slices: after each the tab looks again whether the holder still has a reason (L7). */
export function lockFor(state: State, turn: Turn, intent: Intent, steal = false): State {
  const next = nextTicket(state);
  const { work } = state;
  inspect(turn, { type: "lock-requested", steal });
  turn.effects.push(
    { type: "request-lock", ticket: next.ticket, steal },
    { type: "arm-timer", name: "slice", delayMs: turn.policy.lockSliceMs },
  );
  return {
    ...next,
    work: {
      phase: "locking",
      ticket: next.ticket,
      intent,
      since: work.phase === "locking" ? work.since : turn.at,
      seen: work.phase === "locking" ? work.seen : newestRevision(turn.reading, state.grant),
    },
  };
}

/**
 * A slice of waiting is over. A holder that published no hold, or whose hold ran out, has no reason to keep us: it is
 * frozen, hung, or of a version that knows no holds. Being stolen from does it no harm, its result is fenced.
 */
export function onSliceOver(state: State, turn: Turn, work: Locking): State {
  const { hold } = turn.reading;
  const holderHasReason = hold !== null && hold.kind !== "cooldown" && !isSettled(hold, turn.reading, turn.wall);
  const steal = !holderHasReason || turn.at - work.since >= turn.policy.lockLimitMs;
  return lockFor(state, turn, work.intent, steal);
}

/** Holding the lock (or going without): look at everything once more, then act, wait, or leave. */
export function underLock(
  state: State,
  turn: Turn,
  work: Extract<Work, { phase: "locking" | "waiting" }>,
): State {
  const { intent } = work;
  if (!isStillCalledFor(state, turn, intent)) return rest(state, turn);
  const { hold } = turn.reading;
  const standing = hold !== null && !isSettled(hold, turn.reading, turn.wall) ? hold : null;
  if (standing?.kind === "cooldown" && intent !== "sign-in") {
    const failure = { code: standing.code ?? "unavailable" } as const;
    return cool(state, turn, remainingMs(standing, turn.wall), failure);
  }
  if (standing !== null && standing.kind !== "cooldown") {
    const waited = awaitClaim(state, turn, work, standing);
    if (waited !== null) return waited;
  }
  if (intent !== "refresh") return send(state, turn, intent);
  if (!turn.policy.shareToken) return send(state, turn, intent);
  // Somebody refreshed while we queued, and the message is on its way: it may arrive after the lock was granted.
  if (newestRevision(turn.reading, state.grant) > work.seen) return readPeers(rest(state, turn), turn);
  if (turn.reading.mark !== "unreadable") return send(state, turn, intent);
  return readPeers(state, turn, work);
}

function isStillCalledFor(state: State, turn: Turn, intent: Intent): boolean {
  const { record } = state;
  switch (intent) {
    case "revoke":
      return record.status === "out" && record.pending !== null;
    case "sign-in":
      return state.signInWanted && !(record.status === "out" && record.pending !== null);
    case "refresh":
      return isRefreshCalledFor(state, turn);
  }
}

/** Lets the request of another tab, dead or alive, land before anything is sent; `null` once that was long enough (L2). */
function awaitClaim(
  state: State,
  turn: Turn,
  work: Extract<Work, { phase: "locking" | "waiting" }>,
  hold: Hold,
): State | null {
  const remaining = remainingMs(hold, turn.wall);
  const limit = work.intent === "refresh" ? remaining : Math.min(remaining, turn.policy.landingLimitMs);
  const until = work.phase === "waiting" ? work.until : turn.at + limit;
  if (turn.at >= until) return null;
  if (work.phase === "locking") inspect(turn, { type: "claim-awaited", limitMs: limit });
  turn.effects.push({
    type: "arm-timer",
    name: "claim",
    delayMs: Math.min(turn.policy.claimPollMs, until - turn.at),
  });
  const { ticket, intent, since, seen } = work;
  return { ...state, work: { phase: "waiting", ticket, intent, until, since, seen } };
}

