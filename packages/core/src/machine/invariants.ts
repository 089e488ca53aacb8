/**
 * The laws as code, for one turn of one tab. The property tests and the simulation run them after every event; what
 * only several tabs together can break, the simulation checks on top.
 */
import { isOutdated } from "./demand.js";
import type { Effect } from "./effect.js";
import type { Event, Stamp, TimerName } from "./event.js";
import { isReportDue, overdue } from "./idling.js";
import type { Policy } from "./policy.js";
import { isOfTry, isSettled } from "./register.js";
import { snapshotOf } from "./snapshot.js";
import type { State, Work } from "./state.js";
import { isBusy } from "./turn.js";
import { compareRecords } from "./version.js";

/** One turn, from outside. */
export interface Observation {
  readonly before: State;
  readonly event: Event;
  readonly stamp: Stamp;
  readonly policy: Policy;
  readonly after: State;
  readonly effects: readonly Effect[];
}

type Law = (observation: Observation) => boolean;

type SendRefresh = Extract<Effect, { type: "send-refresh" }>;

function sent(effects: readonly Effect[]): SendRefresh | undefined {
  return effects.find((effect) => effect.type === "send-refresh");
}

/** The timer that ends each phase's waiting. */
const timerOf: Readonly<Record<Work["phase"], TimerName | null>> = {
  idle: null,
  scheduled: "due",
  parked: null,
  cooling: "cool",
  rereading: "ask",
  asking: "ask",
  locking: "slice",
  waiting: "claim",
  requesting: "request",
  calling: "request",
};

/** What the effects did last to a timer. */
function lastWord(effects: readonly Effect[], name: TimerName): "arm-timer" | "cancel-timer" | undefined {
  let word: "arm-timer" | "cancel-timer" | undefined;
  for (const effect of effects)
    if ((effect.type === "arm-timer" || effect.type === "cancel-timer") && effect.name === name)
      word = effect.type;
  return word;
}

/** What a session may end by: an answer, or the server's own word of it (L13); all else that ends one is somebody's sign-out (L4). */
function isEnd(event: Event, { sessionId }: State["record"]): boolean {
  if (event.type === "sign-out-wanted" || event.type === "sign-in-answered") return true;
  if (event.type === "news-heard") return event.news.kind === "ended" && event.news.sessionId === sessionId;
  return event.type === "refresh-answered" && event.outcome.kind === "ended";
}

/** Whether the session that the tab was in is over by what its server told of its end. */
function isOver(stamp: Stamp, after: State): boolean {
  if (after.lifetime === null) return false;
  const record = { epoch: 1, status: "in", sessionId: after.lifetime.sessionId } as const;
  return overdue({ ...after, record }, stamp) !== null;
}

const laws: Readonly<Record<string, Law>> = {
  "L1: one request at a time": ({ before, after, effects }) => {
    const refresh = sent(effects);
    if (refresh === undefined) return true;
    return (
      before.work.phase !== "requesting" &&
      after.work.phase === "requesting" &&
      after.work.ticket === refresh.ticket &&
      effects.filter(({ type }) => type === "send-refresh").length === 1
    );
  },
  "L2: nothing is sent while another's claim stands": ({ before, stamp, effects }) => {
    const { hold } = stamp.reading;
    const { work } = before;
    const isOwn = "own" in work && work.own !== null && isOfTry(hold, work.own);
    return (
      sent(effects) === undefined || hold === null || isOwn || isSettled(hold, stamp.reading, stamp.wall)
    );
  },
  "L2: a claim is published before a refresh is sent": ({ effects }) => {
    const refresh = sent(effects);
    const claimed = effects.findIndex(
      (effect) =>
        effect.type === "write-hold" &&
        effect.hold?.kind === "claim" &&
        effect.hold.attempt === refresh?.attempt,
    );
    return refresh === undefined || (claimed >= 0 && claimed < effects.indexOf(refresh));
  },
  "L3: a signed-out tab holds no token, and a token is of the present epoch": ({
    after: { record, grant },
  }) => grant === null || (record.status === "in" && grant.epoch === record.epoch),
  "L3: nothing refreshes while nobody is signed in": ({ after, effects }) =>
    sent(effects) === undefined || after.record.status === "in",
  "L4: only a definitive answer or a sign-out ends a session": ({ before, event, stamp, after }) =>
    before.record.status === "out" ||
    after.record.status === "in" ||
    isEnd(event, after.record) ||
    stamp.reading.record?.status === "out" ||
    isOver(stamp, after),
  "L5: no inspection event and no snapshot shows a token": ({ before, after, effects }) => {
    const shown = JSON.stringify([effects.filter(({ type }) => type === "inspect"), snapshotOf(after)]);
    return [before.grant, after.grant].every((grant) => grant === null || !shown.includes(grant.token));
  },
  "L7: whatever is waited for, a timer ends the waiting": ({ before, after, effects }) => {
    const name = timerOf[after.work.phase];
    if (name === null) return true;
    const word = lastWord(effects, name);
    return word === "arm-timer" || (word === undefined && before.work.phase === after.work.phase);
  },
  "L7: a tab that is away holds and awaits nothing": ({ after }) =>
    after.life === "live" || after.work.phase === "calling" || !isBusy(after.work),
  "L9: a record never goes back": ({ before, after }) => compareRecords(after.record, before.record) >= 0,
  "L10: a hidden tab refreshes only when asked": ({ before, stamp, policy, effects }) =>
    sent(effects) === undefined ||
    before.visible ||
    policy.keepFresh ||
    before.wanted !== "nothing" ||
    before.extension !== null ||
    isOutdated(before) ||
    isReportDue(before, stamp, policy),
  "L10: nobody is asked again before the common pause is over": ({ stamp, effects }) => {
    const { hold } = stamp.reading;
    return (
      sent(effects) === undefined || hold?.kind !== "cooldown" || isSettled(hold, stamp.reading, stamp.wall)
    );
  },
  "L11: nothing is shown or refreshed of a session that is over": ({ before, event, stamp, after }) =>
    after === before ||
    after.life === "new" ||
    event.type === "port-failed" ||
    after.work.phase === "calling" ||
    overdue(after, stamp) === null,
};

/** The names of the laws that this turn broke. */
export function brokenLaws(observation: Observation): readonly string[] {
  return Object.entries(laws)
    .filter(([, holds]) => !holds(observation))
    .map(([name]) => name);
}
