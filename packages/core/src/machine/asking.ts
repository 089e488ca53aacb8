/** Asking siblings for the token they hold, so that a new tab costs no request. */
import type { Peer } from "./event.js";
import { lockFor, underLock } from "./locking.js";
import { newestRevision } from "./register.js";
import type { State, Work } from "./state.js";
import { rest, type Turn } from "./turn.js";

/** How many siblings are asked for a token at once; the others stay silent. */
const siblingsAsked = 3;

type Rereading = Extract<Work, { phase: "rereading" }>;

/** Asks those siblings for their token that hold the newest; `null` peers: nobody can tell, so everybody is asked. */
function askSiblings(state: State, turn: Turn, peers: readonly Peer[] | null, handOver: boolean): State {
  const newest = newestRevision(turn.reading, null);
  const held = state.grant?.revision ?? -1;
  const helpful = (peers ?? [])
    .filter(({ epoch, revision }) => epoch === state.record.epoch && revision > held && revision >= newest)
    .sort((a, b) => b.revision - a.revision)
    .slice(0, siblingsAsked)
    .map(({ tabId }) => tabId);
  if (peers !== null && helpful.length === 0) return lockFor(state, turn, "refresh");
  const to = peers === null ? null : helpful;
  // What we know of from here on: a sibling that cannot help after all must not be asked again and again.
  const ofThisEpoch = (peers ?? []).filter(({ epoch }) => epoch === state.record.epoch);
  const seen = Math.max(newest, held, ...ofThisEpoch.map(({ revision }) => revision));
  const { askLimitMs, handOverLimitMs } = turn.policy;
  turn.effects.push(
    { type: "broadcast", body: { kind: "ask", to } },
    { type: "arm-timer", name: "ask", delayMs: handOver && to !== null ? handOverLimitMs : askLimitMs },
  );
  return { ...state, work: { phase: "asking", ticket: state.ticket, awaiting: to, seen } };
}

/** The lock manager answered: ask a sibling, or, under the lock, see whether somebody refreshed while we queued. */
export function onPeersRead(state: State, turn: Turn, work: Rereading, peers: readonly Peer[] | null): State {
  const others = peers?.filter(({ tabId }) => tabId !== state.tabId) ?? null;
  if (!work.locked) return askSiblings(state, turn, others, work.handOver);
  const newest = Math.max(
    -1,
    ...(others ?? []).filter(({ epoch }) => epoch === state.record.epoch).map(({ revision }) => revision),
  );
  if (newest > work.seen) return askSiblings(rest(state, turn), turn, others, true);
  return underLock(state, turn, { ...work, intent: "refresh", peersRead: true });
}

/** A sibling has no token either; when all have said so, nobody is waited for. */
export function onNone(state: State, turn: Turn, from: string): State {
  if (state.work.phase !== "asking" || state.work.awaiting === null) return state;
  const awaiting = state.work.awaiting.filter((tabId) => tabId !== from);
  if (awaiting.length > 0) return { ...state, work: { ...state.work, awaiting } };
  return lockFor(state, turn, "refresh");
}
