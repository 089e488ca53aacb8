/**
 * The session's own end: of inactivity, or because its time is up. The server decides when, and enforces it by itself; every tab
 * knows it ahead, warns, and signs out in time, also after a sleep in which no timer ran.
 */
import { endHere } from "./ending.js";
import type { Event, Stamp } from "./event.js";
import type { FreshToken } from "./outcome.js";
import type { Policy } from "./policy.js";
import type { Lifetime } from "./register.js";
import type { SessionWarning, State } from "./state.js";
import { inspect, type Turn } from "./turn.js";

type End = SessionWarning["reason"];

/** When the session that the record names is over, as far as is known. */
function lifetimeOf({ record, lifetime }: State): Lifetime | null {
  return record.status === "in" && lifetime !== null && lifetime.sessionId === record.sessionId
    ? lifetime
    : null;
}

/** Publishes what an answer said of the session's end, for all tabs and for those that are opened later. */
export function noteLifetime(
  state: State,
  turn: Turn,
  { identity, bounds }: FreshToken,
  startedAt: number,
): State {
  if (bounds === undefined) return state;
  const { idleMs, idleLimitMs, absoluteMs } = bounds;
  const startedAtWall = turn.wall - (turn.at - startedAt);
  const after = (ms: number | null): number | null => (ms === null ? null : startedAtWall + ms);
  const lifetime = {
    sessionId: identity.sessionId,
    idleAtWall: after(idleMs),
    idleLimitMs,
    endsAtWall: after(absoluteMs),
  };
  turn.effects.push({ type: "write-lifetime", lifetime });
  return { ...state, lifetime };
}

/** What comes first, and when. Activity that the server has not heard of yet counts: it will hear of it. */
function endAhead(state: State, stamp: Stamp): { readonly reason: End; readonly at: number } | null {
  const lifetime = lifetimeOf(state);
  if (lifetime === null) return null;
  const { idleAtWall, idleLimitMs, endsAtWall } = lifetime;
  const { wall, activityAgeMs } = stamp;
  const byActivity = activityAgeMs === null || idleLimitMs === null ? 0 : wall - activityAgeMs + idleLimitMs;
  const idleAt = idleAtWall === null ? Infinity : Math.max(idleAtWall, byActivity);
  const expiredAt = endsAtWall ?? Infinity;
  return idleAt < expiredAt ? { reason: "idle", at: idleAt } : { reason: "expired", at: expiredAt };
}

/** When the session ends if nothing happens, as the server told last. */
export function endsAtWall({ lifetime }: State): number {
  return Math.min(lifetime?.idleAtWall ?? Infinity, lifetime?.endsAtWall ?? Infinity);
}

/** Why the session is over by now although nobody ended it; `null` while it is not, or nothing is known. */
export function overdue(state: State, stamp: Stamp): End | null {
  const end = endAhead(state, stamp);
  return end !== null && stamp.wall >= end.at ? end.reason : null;
}

/**
 * Why the server knows no session any more: the browser drops the cookies of one whose time is up. By what the server was told,
 * which may be less than what the user did.
 */
export function silentEnd(state: State, stamp: Stamp): End | null {
  return overdue(state, { ...stamp, activityAgeMs: null });
}

/** Nobody sees or sends anything of a session that is over: whatever woke this tab, that comes first. */
export function endOverdue(state: State, turn: Turn): State {
  const reason = state.work.phase === "calling" ? null : overdue(state, turn);
  return reason === null ? state : endHere(state, turn, reason, "this");
}

function leadMs(policyMs: number, { idleLimitMs }: Lifetime): number {
  return Math.min(policyMs, (idleLimitMs ?? Infinity) / 2);
}

/**
 * Whether the server must be told now of what the user did since the last refresh, lest it takes the session for idle. It counts
 * as asked for: the user caused it, also if the tab was hidden since.
 */
export function isReportDue(state: State, stamp: Stamp, policy: Policy): boolean {
  const { grant } = state;
  const lifetime = lifetimeOf(state);
  if (grant === null || lifetime === null || lifetime.idleAtWall === null || stamp.activityAgeMs === null)
    return false;
  const isNear = stamp.wall >= lifetime.idleAtWall - leadMs(policy.reportAheadMs, lifetime);
  return isNear && stamp.at - stamp.activityAgeMs > grant.startedAt;
}

/** The warning that is in order; the same object as long as it says the same. */
function warningOf(state: State, turn: Turn): SessionWarning | null {
  const lifetime = lifetimeOf(state);
  const end = endAhead(state, turn);
  if (lifetime === null || end === null || state.who.status !== "authenticated") return null;
  const { idleWarningMs, expiryWarningMs } = turn.policy;
  const ahead = end.reason === "idle" ? leadMs(idleWarningMs, lifetime) : expiryWarningMs;
  if (turn.wall < end.at - ahead || ahead === 0) return null;
  const { warning } = state;
  const isSame = warning?.reason === end.reason && Math.abs(warning.at - end.at) < 1_000;
  return isSame ? warning : { reason: end.reason, at: end.at };
}

/** When this tab has to look again: never later than the next thing to do. */
function nextLook(state: State, turn: Turn): number | null {
  const lifetime = lifetimeOf(state);
  const end = endAhead(state, turn);
  if (lifetime === null || end === null || !Number.isFinite(end.at) || end.at <= turn.wall) return null;
  const { idleWarningMs, expiryWarningMs, reportAheadMs } = turn.policy;
  const ahead = end.reason === "idle" ? leadMs(idleWarningMs, lifetime) : expiryWarningMs;
  const moments = [end.at - ahead, (lifetime.idleAtWall ?? Infinity) - leadMs(reportAheadMs, lifetime)];
  return Math.min(end.at, ...moments.filter((moment) => moment > turn.wall));
}

/** At the end of a turn: warns, or takes the warning back, and sets the timer. */
export function watch(state: State, turn: Turn): State {
  if (state.life === "disposed") return state;
  const warning = warningOf(state, turn);
  const { wall } = turn;
  if (warning !== null && warning !== state.warning) {
    const type = warning.reason === "idle" ? "idle-warning" : "expiry-warning";
    inspect(turn, { type, inMs: warning.at - wall });
  } else if (warning === null && state.warning !== null && state.who.status === "authenticated")
    inspect(turn, { type: "warning-cleared" });
  const next = nextLook(state, turn);
  const { watchedFor } = state;
  // A timer that fires too early costs a look; one that activity moves every few seconds would cost more.
  const stands = watchedFor !== null && watchedFor > wall && next !== null && watchedFor <= next;
  if (!stands && next !== null)
    turn.effects.push({ type: "arm-timer", name: "lifetime", delayMs: next - wall });
  if (next === null && watchedFor !== null) turn.effects.push({ type: "cancel-timer", name: "lifetime" });
  return { ...state, warning, watchedFor: stands ? watchedFor : next };
}

/** Somebody asks for more time than the session has without activity. */
export function onExtensionWanted(
  state: State,
  { minutes }: Extract<Event, { type: "extension-wanted" }>,
): State {
  if (state.record.status === "out") return state;
  return { ...state, extension: Math.max(state.extension ?? 0, minutes) };
}
