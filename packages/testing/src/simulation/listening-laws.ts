/**
 * L13, and what ask of whoever listens: looked at after every event. The bounds hold where the network is
 * well and somebody listens; what voids them is named where they are.
 */
import { defaultPolicy, type EpochRecord, type Observation, type State } from "@lockstep/core/internals";
import type { Authority, AuthorityEvent } from "../backend/authority.js";
import { fairLatencyMs } from "./journeys.js";
import type { Plan } from "./plan.js";
import { longestNoticeMs, type Connection, type StreamEvents, type Streams } from "./streams.js";
import { grainMs } from "./tab-timers.js";
import type { SimulatedTab } from "./tab.js";
import type { WorldTime } from "./time.js";

/** What the laws look at. */
export interface Scene {
  readonly streams: Streams;
  readonly tabs: ReadonlySet<SimulatedTab>;
  /** Nothing that is said now is held up, on the network or between tabs. */
  isFair(): boolean;
  /** In the register, as somebody sees it who has written nothing. */
  record(): EpochRecord | null;
}

export interface ListeningLawsOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly authority: Authority;
  readonly breach: (law: string, detail: string) => void;
  readonly scene: () => Scene;
  /** Nobody keeps the register or the locks from the tabs. */
  readonly isUndisturbed: () => boolean;
}

export interface ListeningLaws extends StreamEvents {
  turn(tab: SimulatedTab, observation: Observation): void;
  serverEvent(event: AuthorityEvent): void;
  /** A step of the plan: what was under way may take another course. */
  stepped(): void;
  /** What listens wants to know by a refresh why it was refused. */
  refreshWanted(tab: SimulatedTab): void;
  /** There are no locks for it. */
  barred(tab: SimulatedTab): void;
  /** Looks at all streams there are. */
  patrolStreams(): void;
  /** All is well since long: somebody listens. */
  listens(): void;
  /** How many tabs were watched to the end of a bound. */
  judged(): number;
}

/**
 * L13: from the server's decision to the tab's screen, seen or hidden: no timer is needed. A second, and what the simulation lets pass before the news is there: the
 * notice between processes, and its way on the stream.
 */
const toldMs = 1_000 + longestNoticeMs + fairLatencyMs;

/** From there to the next grant: siblings are asked first. The request, and the lock's changes of hands. */
const renewedMs = toldMs + defaultPolicy.handOverLimitMs + 2 * fairLatencyMs;

/**
 * two streams stand beside each other no longer. The lock is given back after the stream is closed; only where another
 * script takes the lock and drops it at once, who lost it and who gets it hear of that in either order.
 */
const handOverMs = 10;

/** by then a dead connection is given up, a timer's slack included. */
const noticedAtMs = 40_000 + 1_500;

/** So long nothing happened: nobody's claim stands any more. */
const quietMs = 60_000;

/** It waits for nothing but the time. */
function isAtRest(state: State | undefined): boolean {
  const phase = state?.work.phase;
  return phase === "idle" || phase === "scheduled" || phase === "parked";
}

export function createListeningLaws(options: ListeningLawsOptions): ListeningLaws {
  const { plan, time, authority, breach, scene, isUndisturbed } = options;
  const states = new WeakMap<SimulatedTab, State>();
  /** For whom a tab asked for a refresh, since a stream of it stood. */
  const refreshedFor = new WeakMap<SimulatedTab, string | null>();
  const givenUp = new WeakSet<SimulatedTab>();
  const barred = new WeakSet<SimulatedTab>();
  /** Where a hidden tab may have the stream, its timer fires up to a minute late, also when it is seen by then (P12). */
  const noticedMs = noticedAtMs + (plan.events === "always" ? 60_000 : 0);
  let steps = 0;
  /** When the last steps were played, at two moments. */
  let stepAts: readonly [number, number] = [-Infinity, -Infinity];
  let judged = 0;
  /** By the time awake; `null` where at most one tab has a stream. */
  let twoSince: number | null = null;

  /** Whose session a tab shows. */
  function shownBy(tab: SimulatedTab): string | null {
    const who = states.get(tab)?.who;
    return who?.status === "authenticated" ? who.identity.sessionId : null;
  }

  const isFair = (): boolean => isUndisturbed() && scene().isFair();

  /** Up to which generation a session came; `Infinity` if it is over. */
  function generationOf(sessionId: string): number {
    return authority.endOf(sessionId) === null ? (authority.recordOf(sessionId)?.generation ?? 0) : Infinity;
  }

  const isLive = (tab: SimulatedTab): boolean => tab.condition === "running" && !tab.isDisposed;

  function assertRightful({ tab, deadSince }: Connection): void {
    if (tab.isDisposed) return breach("L13", `${tab.name} is disposed, and has a stream`);
    if (tab.condition === "cached" || (tab.condition === "frozen" && tab.wasTold()))
      return breach("L13", `${tab.name} was told that it is ${tab.condition}, and has a stream`);
    if (tab.condition !== "running") return;
    if (shownBy(tab) === null) return breach("L10", `${tab.name} has a stream, where nobody is signed in`);
    if (plan.events !== "always" && tab.hiddenSince() !== null)
      return breach("L10", `${tab.name} has a stream, and is hidden`);
    if (deadSince !== null && tab.ranMs() - deadSince > noticedMs)
      breach("L13", `${tab.name} keeps a stream that is dead since ${tab.ranMs() - deadSince} ms`);
  }

  /** The tab that hears what is said now of a session, as fast as can be. */
  function listenerOf(sessionId: string): SimulatedTab | undefined {
    const heard = [...scene().streams.connections()].find(
      ({ tab, isOpen, deadSince, seat, arrivesAt }) =>
        isLive(tab) &&
        isOpen &&
        deadSince === null &&
        seat?.sessionId === sessionId &&
        shownBy(tab) === sessionId &&
        arrivesAt <= time.now() + fairLatencyMs,
    );
    return heard?.tab;
  }

  /** After so long, unless a step of the plan came between, or a fault is on. */
  function after(ms: number, check: () => void): void {
    const then = steps;
    time.outside(ms, () => {
      if (steps !== then || !isFair()) return;
      judged += 1;
      check();
    });
  }

  /** How late a timer of the tab may be from now on: of one that is hidden it fires once a second, then once a minute (P12). */
  function throttleMs(tab: SimulatedTab): number {
    const since = tab.hiddenSince();
    return since === null ? 0 : grainMs(time.awake() + 60_000 - since, plan.engine);
  }

  function ended(sessionId: string, { dialect }: SimulatedTab): void {
    for (const tab of scene().tabs) {
      // What the one who listens says in another version tells it nothing.
      if (!isLive(tab) || shownBy(tab) !== sessionId || tab.dialect !== dialect) continue;
      after(toldMs, () => {
        if (isLive(tab) && shownBy(tab) === sessionId)
          breach("L13", `${tab.name} shows ${sessionId}, ended ${toldMs} ms ago, where somebody listens`);
      });
    }
  }

  function changed(sessionId: string, generation: number, listener: SimulatedTab): void {
    // A pause, a claim, or a lock in the hands of who stands still, keep a refresh away.
    const isFree = [...scene().tabs].every(
      (tab) => tab.condition !== "frozen" && (!isLive(tab) || isAtRest(states.get(tab))),
    );
    // What is decided is decided by a step, mostly.
    const [before, last] = stepAts;
    if (!isFree || time.now() - (last === time.now() ? before : last) < quietMs) return;
    // It refreshes by itself; where a sibling may have a newer token, a timer ends the asking.
    const limitMs = renewedMs + throttleMs(listener);
    after(limitMs, () => {
      if (generationOf(sessionId) <= generation)
        breach("L13", `nobody has refreshed ${sessionId}, whose user changed ${limitMs} ms ago`);
    });
  }

  return {
    asked: (tab) => void givenUp.delete(tab),
    opened: (tab) => void refreshedFor.delete(tab),
    closed(tab, { kind }) {
      if (kind !== "failed") givenUp.add(tab);
    },
    barred: (tab) => void barred.add(tab),
    turn: (tab, { after: state }) => void states.set(tab, state),
    stepped() {
      steps += 1;
      if (stepAts[1] !== time.now()) stepAts = [stepAts[1], time.now()];
    },
    judged: () => judged,

    refreshWanted(tab) {
      const sessionId = shownBy(tab);
      if (refreshedFor.get(tab) === sessionId)
        breach("L10", `${tab.name} has a refresh made for its stream of ${sessionId} once more (R-142)`);
      refreshedFor.set(tab, sessionId);
    },

    serverEvent(event) {
      if (plan.events === undefined || (event.type !== "ended" && event.type !== "changed")) return;
      scene().streams.written(event.sessionId);
      const listener = isFair() ? listenerOf(event.sessionId) : undefined;
      if (listener === undefined) return;
      // Of one that was replaced in this browser, it is told nothing.
      if (event.type === "changed") changed(event.sessionId, event.generation, listener);
      // Where it was over for these tabs before, it is no news: who wrote that told the others, or could not.
      else if (event.reason !== "replaced" && scene().record()?.status !== "out")
        ended(event.sessionId, listener);
    },

    patrolStreams() {
      const holders: SimulatedTab[] = [];
      for (const connection of scene().streams.connections()) {
        assertRightful(connection);
        // One that stands still cannot let go, whoever takes the lock from it.
        if (connection.tab.condition === "running") holders.push(connection.tab);
      }
      twoSince = holders.length > 1 ? (twoSince ?? time.awake()) : null;
      if (twoSince !== null && time.awake() - twoSince > handOverMs)
        breach("L13", `${holders.map(({ name }) => name).join(" and ")} have a stream each`);
    },

    listens() {
      const { streams, tabs } = scene();
      if (plan.events === undefined || streams.answer !== "served" || !isFair()) return;
      const live = [...tabs].filter(isLive);
      // Who was refused for good keeps the lock, and spares the others the question.
      if (live.some((tab) => givenUp.has(tab))) return;
      const able = live.filter((tab) => !barred.has(tab) && tab.hiddenSince() === null);
      const wanting = able.find((tab) => generationOf(shownBy(tab) ?? "") < Infinity);
      if (wanting === undefined) return;
      judged += 1;
      if (![...streams.connections()].some(({ isOpen, deadSince }) => isOpen && deadSince === null))
        breach("L13", `nobody listens, where ${wanting.name} could`);
    },
  };
}
