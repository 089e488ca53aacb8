/** Answers to the requests this tab sent, and the lack of one. */
import { adopt, commit } from "./adopting.js";
import { fail } from "./cooling.js";
import { endSession } from "./ending.js";
import type { Event } from "./event.js";
import type { Failure, FreshToken, RefreshOutcome } from "./outcome.js";
import { silentEnd } from "./idling.js";
import { hasMoved, isOfTry, settled } from "./register.js";
import type { State, Work } from "./state.js";
import { broadcastChange, inspect, rest, type Turn } from "./turn.js";

type Requesting = Extract<Work, { phase: "requesting" }>;
type RefreshAnswered = Extract<Event, { type: "refresh-answered" }>;

function withdrawClaim(turn: Turn, work: Requesting): void {
  const { hold } = turn.reading;
  if (isOfTry(hold, work)) turn.effects.push({ type: "write-hold", hold: settled(hold) });
}

/** Fenced: sign-out, sign-in or another session came in between, and the answer restores nothing (L3). */
function dropAnswer(state: State, turn: Turn, work: Requesting): State {
  withdrawClaim(turn, work);
  return rest(state, turn);
}

/** The lock was stolen from us, and the thief's token, newer than this one, has reached us first. */
function isOvertaken(
  { grant }: State,
  { startedAt }: Requesting,
  { identity, revision }: FreshToken,
): boolean {
  return (
    grant !== null &&
    grant.startedAt > startedAt &&
    grant.identity.sessionId === identity.sessionId &&
    grant.revision >= revision
  );
}

/** Who asked for more time is told; what was asked for meanwhile is asked for next. */
function settleExtension(state: State, turn: Turn, { extension }: Requesting, granted: boolean): State {
  if (extension === null) return state;
  turn.effects.push({ type: "settle-extension", minutes: extension, granted });
  return state.extension === extension ? { ...state, extension: null } : state;
}

/** Whether the answer is of an epoch that is over. A token of the very session that replaced it is welcome. */
function isFenced({ record }: State, { epoch }: Requesting, outcome: RefreshOutcome): boolean {
  if (record.status === "out") return true;
  if (epoch === record.epoch) return false;
  return outcome.kind !== "granted" || outcome.fresh.identity.sessionId !== record.sessionId;
}

function settleRefresh(state: State, turn: Turn, work: Requesting, outcome: RefreshOutcome): State {
  if (isFenced(state, work, outcome)) return dropAnswer(state, turn, work);
  switch (outcome.kind) {
    case "granted": {
      const next = settleExtension(state, turn, work, true);
      return isOvertaken(next, work, outcome.fresh)
        ? dropAnswer(next, turn, work)
        : commit(next, turn, outcome.fresh, { startedAt: work.startedAt, claim: work });
    }
    case "declined":
      return dropAnswer(settleExtension(state, turn, work, false), turn, work);
    case "ended":
      // The version cookie moved meanwhile: somebody else's refresh counts, and a refusal of ours means nothing. One more
      // look with the newer credential, by the ordinary way.
      if (hasMoved(work.base, turn.reading)) return { ...dropAnswer(state, turn, work), wanted: "fresh" };
      return endSession(
        state,
        turn,
        (outcome.reason === "no-session" ? silentEnd(state, turn) : null) ?? outcome.reason,
      );
    case "failed":
      return fail(state, turn, work, outcome.failure);
  }
}

/**
 * An answer that nobody waits for any more (timed out, frozen, stolen from) brings its token all the same, if that
 * still fits; whatever else it says changes nothing.
 */
function takeLate(state: State, turn: Turn, event: RefreshAnswered): State {
  if (event.outcome.kind !== "granted") return state;
  return adopt(state, turn, event.epoch, event.outcome.fresh, event.startedAt) ?? state;
}

export function onRefreshAnswered(state: State, turn: Turn, event: RefreshAnswered): State {
  const { work } = state;
  return work.phase === "requesting" && work.intent === "refresh" && work.ticket === event.ticket
    ? settleRefresh(state, turn, work, event.outcome)
    : takeLate(state, turn, event);
}

/** A revocation failed: it is kept, and sent again after the common pause (scenario 24, 27). */
function postponeRevocation(state: State, turn: Turn, work: Requesting, failure: Failure): State {
  turn.effects.push({ type: "settle-sign-out", revoked: false });
  return work.epoch === state.record.epoch ? fail(state, turn, work, failure) : dropAnswer(state, turn, work);
}

export function onSignOutAnswered(
  state: State,
  turn: Turn,
  event: Extract<Event, { type: "sign-out-answered" }>,
): State {
  const { work, record } = state;
  if (work.phase !== "requesting" || work.intent !== "revoke" || work.ticket !== event.ticket) return state;
  if (event.outcome.kind === "failed") return postponeRevocation(state, turn, work, event.outcome.failure);
  inspect(turn, { type: "revocation-confirmed" });
  withdrawClaim(turn, work);
  const idle = rest(state, turn);
  if (record.status === "in" || record.epoch !== work.epoch) return idle;
  turn.effects.push({ type: "settle-sign-out", revoked: true });
  const confirmed = { ...record, pending: null };
  turn.effects.push({ type: "write-record", record: confirmed });
  broadcastChange(turn, confirmed);
  return { ...idle, record: confirmed };
}

/** The wait for an answer is over; the request itself goes on, its cookie is not lost. */
export function onRequestTimeout(state: State, turn: Turn, work: Requesting): State {
  if (work.intent === "revoke") return postponeRevocation(state, turn, work, { code: "timeout" });
  // Signed out meanwhile: the flight had its time to land, and the server fences what comes later.
  if (work.epoch !== state.record.epoch || state.record.status === "out")
    return dropAnswer(state, turn, work);
  return fail(state, turn, work, { code: "timeout" });
}
