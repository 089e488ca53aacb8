/**
 * The way to the lock, and what is looked at once it is held. The lock is an optimisation; the claim, the register and
 * the server's answer are the safety.
 */
import { cool } from "./cooling.js";
import { isRefreshCalledFor } from "./demand.js";
import { hasMoved, isOfTry, isSettled, newestRevision, remainingMs, type Hold } from "./register.js";
import { callSignIn, newHold, sendRefresh, sendRevocation } from "./sending.js";
import type { Intent, State, Work } from "./state.js";
import { inspect, nextTicket, readPeers, rest, type Turn } from "./turn.js";
import { pendingOf } from "./version.js";

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
      seen: seenBy(state, turn),
      trace: traceOf(turn),
      steal,
    },
  };
}

/**
 * The newest revision whose token need not be waited for: whoever could hand it over was asked, or is not there. The cookie
 * can be ahead of that: it shows before the tab that sent the refresh has read its answer and withdrawn its claim (L1).
 */
function seenBy({ work, grant }: State, { reading, wall }: Turn): number {
  if (work.phase === "locking" || work.phase === "asking") return work.seen;
  const { hold } = reading;
  const isOnItsWay =
    hold !== null &&
    remainingMs(hold, wall) > 0 &&
    hasMoved(hold.base, reading) &&
    !(work.phase === "rereading" && work.handOver);
  return isOnItsWay ? (grant?.revision ?? -1) : newestRevision(reading, grant);
}

/** Whoever gets on leaves a trace in the register. */
function traceOf({ reading: { hold, mark } }: Turn): string {
  return JSON.stringify([hold, mark]);
}

/**
 * A slice of waiting is over. A holder that published no hold, or whose hold ran out, has no reason to keep us, and if
 * nothing was written for a whole slice, it does not run: it is frozen, hung, or of a version that knows no holds. Being
 * stolen from does it no harm, its result is fenced.
 */
export function onSliceOver(state: State, turn: Turn, work: Locking): State {
  const { hold } = turn.reading;
  const holderHasReason =
    hold !== null && hold.kind !== "cooldown" && !isSettled(hold, turn.reading, turn.wall);
  const steal =
    (!holderHasReason && work.trace === traceOf(turn)) || turn.at - work.since >= turn.policy.lockLimitMs;
  return lockFor(state, turn, work.intent, steal);
}

/** The lock is ours, or there is none to be had and we go on without. */
export function onLock(state: State, turn: Turn, work: Locking): State {
  turn.effects.push({ type: "cancel-timer", name: "slice" });
  inspect(turn, { type: "lock-granted", waitedMs: turn.at - work.since });
  return underLock(state, turn, work);
}

/** What the lock is held for, and since when. */
interface Holding {
  readonly phase: Work["phase"];
  readonly ticket: number;
  readonly intent: Intent;
  readonly since: number;
  readonly seen: number;
  readonly until?: number | null;
  /** The lock was taken from somebody who may have begun in that very moment. */
  readonly steal?: boolean;
  /** The claim that was published before anything was sent. */
  readonly own?: Hold | null;
  /** The lock manager was asked what the others hold, where no cookie can tell. */
  readonly peersRead?: true;
}

/** Holding the lock (or going without): look at everything once more, then act, wait, or leave. */
export function underLock(state: State, turn: Turn, work: Holding): State {
  const { intent, own = null } = work;
  const { reading, wall } = turn;
  const pending = pendingOf(state.record);
  if (!isStillCalledFor(state, turn, intent)) return rest(state, turn);
  const standing = reading.hold !== null && !isSettled(reading.hold, reading, wall) ? reading.hold : null;
  // The clock was stepped back: from here on the hold counts down by the clock as it is now.
  if (standing !== null && standing.startedAtWall > wall)
    turn.effects.push({ type: "write-hold", hold: { ...standing, startedAtWall: wall } });
  if (standing?.kind === "cooldown" && intent !== "sign-in")
    return cool(state, turn, remainingMs(standing, wall), { code: standing.code ?? "unavailable" });
  const isOwn = own !== null && isOfTry(standing, own);
  if (standing !== null && standing.kind !== "cooldown" && !isOwn) {
    const waiting = awaitClaim(state, turn, work, standing);
    if (waiting !== null) return waiting;
  }
  if (pending !== null) return sendRevocation(state, turn, pending);
  if (intent === "sign-in") return callSignIn(state, turn);
  const { shareToken } = turn.policy;
  // Somebody refreshed while we queued, and the message is on its way: it may arrive after the lock was granted.
  if (shareToken && newestRevision(reading, state.grant) > work.seen)
    return readPeers(rest(state, turn), turn, undefined, true);
  if (work.steal) return announce(state, turn, work);
  return shareToken && reading.mark === "unreadable" && !work.peersRead
    ? readPeers(state, turn, work)
    : sendRefresh(state, turn, own);
}

function isStillCalledFor(state: State, turn: Turn, intent: Intent): boolean {
  const isPending = pendingOf(state.record) !== null;
  switch (intent) {
    case "revoke":
      return isPending;
    case "sign-in":
      return state.signInWanted && !isPending;
    case "refresh":
      return isRefreshCalledFor(state, turn);
  }
}

/** Lets the request of another tab, dead or alive, land before anything is sent; `null` once that was long enough (L2). */
function awaitClaim(state: State, turn: Turn, work: Holding, hold: Hold): State | null {
  const remaining = remainingMs(hold, turn.wall);
  const isPatient = work.intent === "refresh";
  const limit = isPatient ? remaining : Math.min(remaining, turn.policy.landingLimitMs);
  // A refresh waits for whichever claim stands now; what need not wait for it waits once.
  const until = isPatient ? turn.at + limit : (work.until ?? turn.at + limit);
  if (turn.at >= until) return null;
  if (work.phase !== "waiting") inspect(turn, { type: "claim-awaited", limitMs: limit });
  // Spread, so that of many who wait without a lock one is first, and the others see its claim.
  const delayMs = Math.min(turn.policy.claimPollMs, until - turn.at) + turn.roll * turn.policy.claimPollMs;
  return wait(state, turn, work, delayMs, { until });
}

/**
 * Publishes the claim, and sends when it has had time to show: whoever the lock was stolen from, and has only been slow,
 * either sees it, or has sent by then and is seen (L2). It keeps others from stealing the lock in turn, and not for long
 * should this tab not get to send.
 */
function announce(state: State, turn: Turn, work: Holding): State {
  const { lockSliceMs: ttlMs, afterStealMs: delayMs } = turn.policy;
  const own = { ...newHold(state, turn), ttlMs };
  turn.effects.push({ type: "write-hold", hold: own });
  return wait(state, turn, work, delayMs, { own });
}

/** Holds the lock, and looks again later: at somebody's claim until then, or at our own. */
function wait(
  state: State,
  turn: Turn,
  { ticket, intent, since, seen }: Holding,
  delayMs: number,
  { until = null, own = null }: { readonly until?: number | null; readonly own?: Hold | null },
): State {
  turn.effects.push({ type: "arm-timer", name: "claim", delayMs });
  return { ...state, work: { phase: "waiting", ticket, intent, since, seen, until, own } };
}
