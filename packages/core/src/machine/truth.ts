/**
 * Re-reading the truth. Every event brings a reading of the register, and the machine takes it in before it reacts to
 * the event itself: a tab that missed every message still learns of a sign-out before it hands anything out (L3, L9).
 */
import { stateAfterEnd } from "./ending.js";
import type { State } from "./state.js";
import { isBeforeRefresh, isBusy, rest, type Turn } from "./turn.js";
import {
  compareEpochs,
  compareRecords,
  laterRecord,
  nextEpoch,
  noRecord,
  pendingOf,
  type EpochRecord,
} from "./version.js";

/** The latest record there is: ours, the written one, or a new epoch for a session that no record knows. */
function latestRecord(state: State, { reading }: Turn): EpochRecord {
  const { record: written, mark } = reading;
  const record = written === null ? state.record : laterRecord(state.record, written);
  if (mark === null || mark === "unreadable" || mark.sessionId === record.sessionId) return record;
  // A session whose name nobody knew gets it: the one that is on, or the one that still has to be revoked (L3).
  const isUnnamed = record.sessionId === null && (record.status === "in" || record.pending !== null);
  if (isUnnamed) return { ...record, sessionId: mark.sessionId };
  // The version cookie of the session a tombstone names is a late answer's; any other is a sign-in we were not told of.
  return { epoch: nextEpoch(record.epoch), status: "in", sessionId: mark.sessionId };
}

/** Whether somebody signed in or out between the two; a session that merely got its name, or a revocation its answer, is the same. */
function isAnother(record: EpochRecord, former: EpochRecord): boolean {
  return (
    record.epoch !== former.epoch ||
    record.status !== former.status ||
    (former.sessionId !== null && record.sessionId !== former.sessionId)
  );
}

/** Takes the reading of this turn in. */
export function absorb(state: State, turn: Turn): State {
  if (state.life === "new") return state;
  const { record: written, mark } = turn.reading;
  const record = latestRecord(state, turn);
  if (compareRecords(record, written ?? noRecord) > 0) turn.effects.push({ type: "write-record", record });

  const moved = isAnother(record, state.record);
  let next: State = { ...state, record, lifetime: turn.reading.lifetime ?? state.lifetime };
  if (moved) {
    // Work towards a refresh of the former session is pointless; a request that is out is left to land.
    if (isBeforeRefresh(next.work) || next.work.phase === "cooling") next = rest(next, turn);
    next = { ...next, grant: null, doubted: false, marked: false, problem: null };
    if (record.status === "out") next = hearOfEnd(next, turn, record);
    // Whoever shows the former user has to learn who it is now, seen or not (L9).
    else if (next.who.status === "authenticated") next = { ...next, wanted: "token" };
  }
  if (pendingOf(state.record) !== null && pendingOf(record) === null)
    turn.effects.push({ type: "settle-sign-out", revoked: record.status === "out" });
  if (record.status === "in" && mark !== "unreadable") {
    // Cookies cleared, evicted, or a sign-out page that knows nothing of us: only the server can tell (L4).
    if (mark === null && next.marked) next = { ...next, marked: false, doubted: true };
    else if (mark !== null && !next.marked) next = { ...next, marked: true, doubted: false };
  }
  return judgeRumour(superseded(next, turn, state), turn);
}

/** A sign-out elsewhere wins over a login under way here, also when the login's own cookie is seen in the same turn. */
function superseded(next: State, { reading: { record: written } }: Turn, { record: former }: State): State {
  const isNews =
    written?.status === "out" && compareRecords(written, former) > 0 && written.reason === "signed-out";
  return isNews && next.work.phase === "calling"
    ? { ...next, work: { ...next.work, signedOut: next.work.signedOut ?? written.pending ?? "this" } }
    : next;
}

/** A rumour ends when the register shows what it told of; one that never does is the server's to judge (attack C1). */
function judgeRumour(state: State, { at }: Turn): State {
  const { rumour, record, grant } = state;
  if (rumour === null) return state;
  if (compareEpochs(record.epoch, rumour.epoch) >= 0) return { ...state, rumour: null };
  return at < rumour.until ? state : { ...state, rumour: null, doubted: grant !== null };
}

/** Another tab ended the session, or did so before this one was opened. */
function hearOfEnd(state: State, turn: Turn, record: Extract<EpochRecord, { status: "out" }>): State {
  const wasSignedIn = state.who.status === "authenticated";
  const reason = wasSignedIn && record.reason === "signed-out" ? "signed-out-elsewhere" : record.reason;
  const ended = stateAfterEnd(state, turn, reason);
  if (!wasSignedIn || record.pending === null || isBusy(ended.work)) return ended;
  // The tab that was signed out in revokes the session. Should it die first, we do.
  const delayMs = turn.policy.requestLimitMs * (1 + turn.roll);
  turn.effects.push({ type: "arm-timer", name: "cool", delayMs });
  return { ...ended, work: { phase: "cooling", until: turn.at + delayMs, failure: { code: "conflict" } } };
}
