/** Ends of a session, whoever ends it. */
import type { State } from "./state.js";
import { broadcastChange, inspect, publishPresence, rest, type Turn } from "./turn.js";
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

/** The backend's own, definitive answer ended the session (L4). */
export function endSession(state: State, turn: Turn, reason: EndReason): State {
  const buried = bury(rest(state, turn), turn, reason, null);
  // After the tombstone: who still sees the claim waits, and who sees it withdrawn sees why.
  turn.effects.push({ type: "write-hold", hold: null });
  return buried;
}
