/** Ends of a session, whoever ends it. */
import type { News } from "./outcome.js";
import type { State } from "./state.js";
import { broadcastChange, inspect, isBeforeRefresh, publishPresence, rest, type Turn } from "./turn.js";
import { nextEpoch, type EndReason, type PendingRevocation } from "./version.js";

/** Nobody is signed in any more in this tab: the token is dropped in the same turn. */
export function stateAfterEnd(state: State, turn: Turn, reason: EndReason): State {
  if (state.who.status === "authenticated") inspect(turn, { type: "signed-out", reason });
  const next: State = {
    ...state,
    grant: null,
    doubted: false,
    marked: false,
    wanted: "nothing",
    extension: null,
    problem: null,
    who:
      state.who.status === "unauthenticated" && state.who.reason === reason
        ? state.who
        : { status: "unauthenticated", reason },
  };
  publishPresence(next, turn);
  return next;
}

/**
 * Writes the tombstone: a new epoch in which nobody is signed in. It is durable before anything else happens, and the
 * other tabs are told before any request goes out.
 */
export function bury(state: State, turn: Turn, reason: EndReason, pending: PendingRevocation | null): State {
  const { record } = state;
  const tombstone = {
    epoch: nextEpoch(record.epoch),
    status: "out",
    sessionId: record.sessionId,
    reason,
    pending,
  } as const;
  turn.effects.push({ type: "write-record", record: tombstone });
  broadcastChange(turn, tombstone);
  return stateAfterEnd({ ...state, record: tombstone }, turn, reason);
}

/**
 * The session ends in this tab: the tombstone is written in this very turn, before any request. A refresh that is out is given a
 * moment to land, so that the revocation goes out with the newest cookie; the server fences the rest.
 *
 * @param scope what the server is to be told; `null` if it knows
 */
export function endHere(state: State, turn: Turn, reason: EndReason, scope: PendingRevocation | null): State {
  const { work } = state;
  const { hold } = turn.reading;
  // A pause of the refresh is none of the revocation's, unless the server asked for it.
  if (scope !== null && hold?.kind === "cooldown" && hold.code !== "rate-limited")
    turn.effects.push({ type: "write-hold", hold: { ...hold, ttlMs: 0 } });
  const buried = bury(state, turn, reason, scope);
  if (work.phase === "requesting" && work.intent === "refresh") {
    turn.effects.push({ type: "arm-timer", name: "request", delayMs: turn.policy.landingLimitMs });
    return buried;
  }
  return isBeforeRefresh(work) || work.phase === "cooling" ? rest(buried, turn) : buried;
}

/**
 * The server said by itself what has become of a session (L13). Of another session than ours, or one that is over here too, it is
 * no news. Whatever is under way goes on: the lock may be another tab's, and a login is for another session.
 */
export function onNews(state: State, turn: Turn, news: News): State {
  const { record } = state;
  if (record.status === "out" || record.sessionId !== news.sessionId) return state;
  if (news.kind === "ended") return endHere(state, turn, news.reason, null);
  const { sessionId, revision } = news;
  return { ...state, outdated: { sessionId, revision } };
}

/** The backend's own, definitive answer ended the session (L4). */
export function endSession(state: State, turn: Turn, reason: EndReason): State {
  const buried = bury(rest(state, turn), turn, reason, null);
  // After the tombstone: who still sees the claim waits, and who sees it withdrawn sees why.
  turn.effects.push({ type: "write-hold", hold: null });
  return buried;
}
