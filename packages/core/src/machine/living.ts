/** The life of a tab: started, hidden, shown, suspended, back again, disposed. */
import type { Event, WakeCause } from "./event.js";
import { remainingMs } from "./register.js";
import { onlinePauseMs } from "./schedule.js";
import type { State } from "./state.js";
import { inspect, publishPresence, rest, type Turn } from "./turn.js";

/**
 * The first event. An anonymous visitor costs no request (L10); a page that was opened while somebody is signed in
 * counts as having asked for a token, also in the background.
 */
export function onStarted(state: State, turn: Turn, visible: boolean): State {
  const next = { ...state, visible };
  publishPresence(next, turn);
  const { record } = next;
  if (record.status === "in") return { ...next, wanted: "token" };
  return { ...next, who: { status: "unauthenticated", reason: record.reason } };
}

/**
 * Leaving, for bfcache or for good, or frozen: a tab that cannot run must not hold or await the lock. A request that is
 * out goes on, its claim stays published, and its answer is fenced.
 */
export function onSuspended(state: State, turn: Turn): State {
  const { work } = state;
  turn.effects.push({ type: "withdraw-presence" });
  // The application's login call is not ours to give up.
  if (work.phase === "calling") return { ...state, life: "away" };
  return { ...rest(state, turn), life: "away" };
}

/** The connection is back: a pause that only waited for that is cut short, for all tabs. */
function cutNetworkPause(state: State, turn: Turn): State {
  const { at, wall, policy, reading } = turn;
  const { hold } = reading;
  const isPaused = hold?.kind === "cooldown" && hold.code === "network";
  const ttlMs = isPaused
    ? Math.min(remainingMs(hold, wall), onlinePauseMs(hold.attempt, hold.failures, policy))
    : 0;
  if (isPaused) turn.effects.push({ type: "write-hold", hold: { ...hold, startedAtWall: wall, ttlMs } });
  const { work } = state;
  if (work.phase !== "cooling" || work.failure.code !== "network") return state;
  turn.effects.push({ type: "arm-timer", name: "cool", delayMs: ttlMs });
  return { ...state, work: { ...work, until: at + ttlMs } };
}

/** Seen, focused, online, restored from bfcache or thawed. The register was re-read before we came here (L9, R-053). */
export function onWoke(state: State, turn: Turn, cause: WakeCause): State {
  const visible = cause === "shown" || cause === "focused" ? true : state.visible;
  if (cause === "online") return cutNetworkPause(state, turn);
  if (state.life !== "away") return { ...state, visible };
  const next: State = { ...state, visible, life: "live" };
  publishPresence(next, turn);
  return next;
}

export function onDisposed(state: State, turn: Turn): State {
  const idle = rest(state, turn);
  turn.effects.push({ type: "withdraw-presence" }, { type: "dispose" });
  return { ...idle, life: "disposed", grant: null };
}

export function onPortFailed(
  state: State,
  turn: Turn,
  { port, reason }: Extract<Event, { type: "port-failed" }>,
): State {
  inspect(turn, { type: "degraded", port, reason });
  return state;
}
