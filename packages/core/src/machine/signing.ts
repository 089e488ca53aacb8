/** Signing in and signing out, as this tab's own caller asked for it. */
import { commit } from "./adopting.js";
import { bury, endHere } from "./ending.js";
import type { Event } from "./event.js";
import { compareEpochs, nextEpoch, pendingOf, type PendingRevocation } from "./version.js";
import type { State, Work } from "./state.js";
import { broadcastChange, isBeforeRefresh, rest, type Turn } from "./turn.js";

type Calling = Extract<Work, { phase: "calling" }>;

export function onSignOutWanted(state: State, turn: Turn, scope: PendingRevocation): State {
  const next = dropLogin(state, turn, scope);
  const { record, work } = next;
  if (record.status === "out" && record.pending === null) {
    // Nobody is signed in, and the server knows; a login under way is another matter, and revoked when it has landed.
    turn.effects.push({ type: "settle-sign-out", revoked: work.phase !== "calling" });
    return next;
  }
  if (pendingOf(record) === "all" || pendingOf(record) === scope)
    return work.phase === "cooling" ? rest(next, turn) : next;
  return endHere(next, turn, "signed-out", scope);
}

/** Sign-out wins over a login of this tab: one that waits for the lock is given up, one that runs is superseded. */
function dropLogin(state: State, turn: Turn, scope: PendingRevocation): State {
  const { work } = state;
  if (state.signInWanted) turn.effects.push({ type: "settle-sign-in", result: "superseded" });
  const idle = work.phase === "locking" && work.intent === "sign-in" ? rest(state, turn) : state;
  return {
    ...idle,
    signInWanted: false,
    work:
      work.phase === "calling" ? { ...work, signedOut: work.signedOut === "all" ? "all" : scope } : idle.work,
  };
}

export function onSignInWanted(state: State, turn: Turn): State {
  const { work } = state;
  // Leaving the revocation to another tab was a courtesy; a caller who waits cannot afford it.
  const isCourtesy = work.phase === "cooling" && work.failure.code === "conflict";
  return { ...(isBeforeRefresh(work) || isCourtesy ? rest(state, turn) : state), signInWanted: true };
}

/** The hold that kept refreshes away from the login is taken back; what it replaced is put back, unless somebody signed in. */
function endCall(state: State, turn: Turn, call: Calling, isSignedIn: boolean): State {
  const { heldSinceWall, replaced } = call;
  const { hold } = turn.reading;
  // By now it may be the pause again that it took the place of.
  if (hold !== null && hold.kind !== "claim" && hold.startedAtWall === heldSinceWall)
    turn.effects.push({ type: "write-hold", hold: isSignedIn ? null : replaced });
  return rest(state, turn);
}

/** Sign-out was called while the login ran: it wins over the new session too, which is revoked like any other (L3). */
function supersede(state: State, turn: Turn, scope: PendingRevocation): State {
  turn.effects.push({ type: "settle-sign-in", result: "superseded" });
  return pendingOf(state.record) === null ? bury(state, turn, "signed-out", scope) : state;
}

export function onSignInAnswered(
  state: State,
  turn: Turn,
  event: Extract<Event, { type: "sign-in-answered" }>,
): State {
  const { work } = state;
  if (work.phase !== "calling" || work.ticket !== event.ticket) return state;
  const { outcome } = event;
  const idle = endCall(state, turn, work, outcome.kind !== "failed");
  if (outcome.kind === "failed") {
    turn.effects.push({ type: "settle-sign-in", result: "failed" });
    return idle;
  }
  if (work.signedOut !== null) return supersede(idle, turn, work.signedOut);
  turn.effects.push({ type: "settle-sign-in", result: "signed-in" });
  if (outcome.kind === "granted")
    return commit(idle, turn, outcome.fresh, { startedAt: work.startedAt, claim: null });
  return awaitNewSession(idle, turn, work);
}

/** The login succeeded and its answer was not for us: the session is learnt from the cookie, or from a refresh. */
function awaitNewSession(state: State, turn: Turn, work: Calling): State {
  if (state.record.status === "in" && compareEpochs(state.record.epoch, work.epoch) > 0)
    return { ...state, wanted: "fresh" };
  const record = { epoch: nextEpoch(state.record.epoch), status: "in", sessionId: null } as const;
  turn.effects.push({ type: "write-record", record });
  broadcastChange(turn, record);
  return { ...state, record, grant: null, wanted: "fresh" };
}

/** The login call takes longer than promised; should it succeed after all, its cookie tells every tab. */
export function onCallTimeout(state: State, turn: Turn, work: Calling): State {
  turn.effects.push({ type: "settle-sign-in", result: "timeout" });
  return endCall(state, turn, work, false);
}
