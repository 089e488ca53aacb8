/**
 * The machine: `(state, event, stamp, policy) → [state, effects]`. Pure, total and synchronous: every state takes every
 * event, nothing here reads a clock, a cookie or a random number, and nothing here acts.
 */
import { onMessage, onRumourTimer } from "./adopting.js";
import { onRefreshAnswered, onRequestTimeout, onSignOutAnswered } from "./answering.js";
import { onPeersRead } from "./asking.js";
import { usableGrant } from "./demand.js";
import type { Effect } from "./effect.js";
import { onNews } from "./ending.js";
import type { Event, Stamp, TimerName } from "./event.js";
import { endOverdue, onExtensionWanted, watch } from "./idling.js";
import { onDisposed, onPortFailed, onStarted, onSuspended, onWoke } from "./living.js";
import { lockFor, onLock, onSliceOver, underLock } from "./locking.js";
import type { Policy } from "./policy.js";
import { proceed } from "./proceeding.js";
import { onCallTimeout, onSignInAnswered, onSignInWanted, onSignOutWanted } from "./signing.js";
import { standingNow } from "./register.js";
import type { State } from "./state.js";
import { absorb } from "./truth.js";
import { broadcastChange, inspect, rest, type Turn } from "./turn.js";

function onTimer(state: State, turn: Turn, name: TimerName): State {
  const { work } = state;
  switch (name) {
    case "due":
      return work.phase === "scheduled" ? { ...state, work: { phase: "idle" } } : state;
    case "cool":
      return work.phase === "cooling" ? { ...state, work: { phase: "idle" } } : state;
    case "ask":
      if (work.phase === "rereading") return onPeersRead(state, turn, work, []);
      return work.phase === "asking" ? lockFor(state, turn, "refresh") : state;
    case "slice":
      return work.phase === "locking" ? onSliceOver(state, turn, work) : state;
    case "claim":
      return work.phase === "waiting" ? underLock(state, turn, work) : state;
    case "lifetime":
      return { ...state, watchedFor: null };
    case "rumour":
      return onRumourTimer(state, turn);
    case "request":
      if (work.phase === "calling") return onCallTimeout(state, turn, work);
      return work.phase === "requesting" ? onRequestTimeout(state, turn, work) : state;
  }
}

/** Stolen from: a request that is out goes on, its result is fenced by its version; anything else queues again. */
function onLockStolen(state: State, turn: Turn, ticket: number): State {
  const { work } = state;
  inspect(turn, { type: "lock-stolen" });
  if ((work.phase === "waiting" || work.phase === "locking") && work.ticket === ticket)
    return lockFor(rest(state, turn), turn, work.intent);
  return state;
}

function onTokenWanted(
  state: State,
  turn: Turn,
  { fresh, minValidityMs }: Extract<Event, { type: "token-wanted" }>,
): State {
  if (state.record.status === "out") return state;
  if (fresh || usableGrant(state, turn.policy, turn.at, minValidityMs) === null)
    return {
      ...state,
      wanted: fresh || state.grant !== null ? "fresh" : state.wanted === "fresh" ? "fresh" : "token",
    };
  return state;
}

function react(state: State, turn: Turn, event: Event): State {
  switch (event.type) {
    case "started":
      return onStarted(state, turn, event.visible);
    case "disposed":
      return onDisposed(state, turn);
    case "checked":
      return state;
    case "acted":
      // The other tabs may be warning too, and need not have anything else to tell them.
      if (state.warning?.reason === "idle") broadcastChange(turn, state.record);
      return state;
    case "extension-wanted":
      return onExtensionWanted(state, event);
    case "token-wanted":
      return onTokenWanted(state, turn, event);
    case "sign-in-wanted":
      return onSignInWanted(state, turn);
    case "sign-in-answered":
      return onSignInAnswered(state, turn, event);
    case "sign-out-wanted":
      return onSignOutWanted(state, turn, event.scope);
    case "sign-out-answered":
      return onSignOutAnswered(state, turn, event);
    case "refresh-answered":
      return onRefreshAnswered(state, turn, event);
    case "lock-granted":
    case "lock-refused": {
      const { work } = state;
      return work.phase === "locking" && work.ticket === event.ticket ? onLock(state, turn, work) : state;
    }
    case "lock-stolen":
      return onLockStolen(state, turn, event.ticket);
    case "peers-read": {
      const { work } = state;
      return work.phase === "rereading" && work.ticket === event.ticket
        ? onPeersRead(state, turn, work, event.peers)
        : state;
    }
    case "news-heard":
      return onNews(state, turn, event.news);
    case "message-received":
      return onMessage(state, turn, event.message);
    case "message-ignored":
      inspect(turn, { type: "message-ignored", why: event.why });
      return state;
    case "timer-fired":
      return onTimer(state, turn, event.name);
    case "woke":
      return onWoke(state, turn, event.cause);
    case "hidden":
      return { ...state, visible: false };
    case "suspended":
      return onSuspended(state, turn);
    case "port-failed":
      return onPortFailed(state, turn, event);
  }
}

/** Before `started` and after `disposed` there is nothing to react with. */
function isDeaf(state: State, event: Event): boolean {
  if (state.life === "disposed") return true;
  return state.life === "new"
    ? event.type !== "started" && event.type !== "disposed"
    : event.type === "started";
}

/** A caller that only looks is no news, and may do so twenty times a second; nor is a user who goes on working. */
function isLook({ type }: Event): boolean {
  return type === "checked" || type === "acted";
}

/** One turn: take in what the register says, react to the event, decide what comes next. */
export function transition(
  state: State,
  event: Event,
  stamp: Stamp,
  policy: Policy,
): readonly [State, readonly Effect[]] {
  if (isDeaf(state, event)) return [state, []];
  const { reading, wall } = stamp;
  const turn: Turn = {
    ...stamp,
    reading: { ...reading, hold: standingNow(reading.hold, wall) },
    policy,
    effects: [],
  };
  const live: State = event.type === "started" ? { ...state, life: "live" } : state;
  // What failed is said and left alone: going on from here would only do it again, in a circle. A message that nobody can
  // read still says that something may have changed: it is a tab of another release that speaks (attack C13).
  const next =
    event.type === "port-failed"
      ? react(live, turn, event)
      : watch(
          proceed(endOverdue(react(endOverdue(absorb(live, turn), turn), turn, event), turn), turn),
          turn,
        );
  if (!isLook(event) || next.work !== live.work || next.who !== live.who)
    inspect(turn, {
      type: "transition",
      event: event.type,
      phase: next.work.phase,
      status: next.who.status,
      epoch: next.record.epoch,
      revision: next.grant?.revision ?? -1,
      life: next.life,
      visible: next.visible,
    });
  return [next, turn.effects];
}
