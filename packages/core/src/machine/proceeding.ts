/** What next? Decided in one place, at the end of every turn that leaves nothing under way. */
import { isDue, isRefreshCalledFor } from "./demand.js";
import { lockFor } from "./locking.js";
import { newestRevision } from "./register.js";
import type { Intent, State } from "./state.js";
import { isBusy, readPeers, rest, type Turn } from "./turn.js";
import { pendingOf } from "./version.js";

function nextIntent(state: State, turn: Turn): Intent | null {
  // A revocation goes out before anything may refresh or sign in (L3).
  if (pendingOf(state.record) !== null) return "revoke";
  if (state.signInWanted) return "sign-in";
  return isRefreshCalledFor(state, turn) ? "refresh" : null;
}

/** Nothing to begin: set the timer for the next refresh, or put it off until the tab is seen again. */
function settleDown(state: State, turn: Turn): State {
  const { grant, record, work } = state;
  if (grant === null || isDue(state, turn)) {
    const phase = record.status === "out" ? "idle" : "parked";
    return work.phase === phase ? state : { ...rest(state, turn), work: { phase } };
  }
  if (work.phase === "scheduled" && work.dueAt === grant.dueAt) return state;
  turn.effects.push({ type: "arm-timer", name: "due", delayMs: grant.dueAt - turn.at });
  return { ...state, work: { phase: "scheduled", dueAt: grant.dueAt } };
}

/** While cooling nobody tries; who asks is told why and until when (L7, L10). */
function stayCool(state: State, turn: Turn): State {
  const isAsked = state.wanted !== "nothing" || state.signInWanted || state.extension !== null;
  if (state.work.phase !== "cooling" || !isAsked) return state;
  const { until } = state.work;
  const failure = { ...state.work.failure, retryAfterMs: until - turn.at };
  turn.effects.push({ type: "fail-waiters", failure });
  if (state.signInWanted) turn.effects.push({ type: "postpone-sign-in", failure });
  return { ...state, wanted: "nothing", signInWanted: false, extension: null };
}

/** Moves on from a state in which nothing is under way; leaves every other state as it is. */
export function proceed(state: State, turn: Turn): State {
  if (isBusy(state.work) || state.life !== "live") return state;
  const intent = nextIntent(state, turn);
  if (state.work.phase === "cooling" && turn.at < state.work.until && intent !== "sign-in")
    return stayCool(state, turn);
  if (intent === null) return settleDown(state, turn);
  const idle = rest(state, turn);
  const { grant } = idle;
  const siblingMayHaveNewer =
    grant === null ||
    turn.reading.mark === "unreadable" ||
    newestRevision(turn.reading, grant) > grant.revision;
  return intent === "refresh" && turn.policy.shareToken && siblingMayHaveNewer
    ? readPeers(idle, turn)
    : lockFor(idle, turn, intent);
}
