/**
 * The event streams of a browser: each travels through the weather like everything else, breaks aloud or in silence, and is known
 * at both of its ends.
 */
import type { Closing, Failure, FetchStream, StreamCallbacks } from "@lockstep/core/internals";
import type { Authority } from "../backend/authority.js";
import { createEventHub, type EventHub, type Seat, type Word } from "../backend/event-hub.js";
import type { Random } from "../random.js";
import type { CookieJar } from "./jar.js";
import { createJourneys, type Climate, type Journey } from "./journeys.js";
import { reasonOf } from "./network.js";
import type { Plan, StreamAnswer } from "./plan.js";
import type { SimulatedTab } from "./tab.js";
import type { WorldTime } from "./time.js";

/** A stream that a tab asked for and has not let go of. */
export interface Connection {
  readonly tab: SimulatedTab;
  /** It stands. */
  isOpen: boolean;
  /** Since when nothing arrives any more, whether the browser knows or not: milliseconds that its tab had run; `null`: it lives. */
  deadSince: number | null;
  /** When what was said last arrives, or did. */
  arrivesAt: number;
  /** At the server's end; `null` until the request is there. */
  seat: Seat | null;
}

export interface StreamEvents {
  /** A tab asks for a stream. */
  asked(tab: SimulatedTab): void;
  opened(tab: SimulatedTab): void;
  /** The tab heard how it came to its end, by itself. */
  closed(tab: SimulatedTab, closing: Closing): void;
}

export interface StreamsOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly jar: CookieJar;
  readonly authority: Authority;
  readonly random: Random;
  readonly climate: () => Climate;
  readonly events: StreamEvents;
}

export interface Streams {
  answer: StreamAnswer;
  /** Of one tab. */
  of(tab: SimulatedTab): FetchStream;
  /** What the browser has. */
  connections(): ReadonlySet<Connection>;
  /** Something was written about a session: who has a stream of it is told. */
  written(sessionId: string): void;
  break(how: "by-restart" | "loudly" | "silently"): void;
}

/** A notice of the store takes so long from one server process to another. */
export const longestNoticeMs = 20;

/** How long a server goes on with a connection that is dead. */
const orphanMs = 60_000;

/** A browser says that it has gone; it is there so much later. */
const goodbyeMs = 50;

function closingOf({ code, retryAfterMs }: Failure): Closing {
  if (code === "bad-answer") return { kind: "unsupported" };
  return { kind: "failed", ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The way of what the server says on one stream: in order, as far as it gets. */
function createLine(
  { time, random }: Pick<StreamsOptions, "time" | "random">,
  connection: Connection,
  fail: () => void,
) {
  function breakDown(afterMs: number | null): void {
    connection.deadSince ??= connection.tab.ranMs();
    if (afterMs !== null) time.inBrowser(afterMs, fail);
    const { seat } = connection;
    if (seat !== null) time.outside(orphanMs, seat.leave);
  }

  function land(run: () => void): void {
    if (!time.isAsleep()) return run();
    // As for an answer: it waits in the network card, or its connection breaks.
    if (random.chance(0.5)) time.inBrowser(0, run);
    else breakDown(0);
  }

  return {
    breakDown,
    send(run: () => void, { backMs, breaksMs }: Pick<Journey, "backMs" | "breaksMs">): void {
      if (connection.deadSince !== null) return;
      if (backMs === null || backMs === "lost") return breakDown(breaksMs);
      connection.arrivesAt = Math.max(connection.arrivesAt, time.now() + backMs);
      time.outside(connection.arrivesAt - time.now(), () => {
        if (connection.deadSince === null) land(run);
      });
    },
  };
}

type Line = ReturnType<typeof createLine>;

export function createStreams(options: StreamsOptions): Streams {
  const { plan, time, jar, authority, random, climate, events } = options;
  const journey = createJourneys(plan, random);
  const lines = new Map<Connection, Line>();
  const hub: EventHub = createEventHub({
    now: time.now,
    recordOf: authority.recordOf,
    lifetimeMs: plan.lifetimeMs,
    later(delayMs, run) {
      const appointment = time.outside(delayMs, run);
      return () => time.cancel(appointment);
    },
  });
  const connections = new Set<Connection>();

  function createStream(tab: SimulatedTab): FetchStream {
    let current: Connection | null = null;
    let lastTold: { readonly sessionId: string; readonly generation: number } | null = null;

    function close(): void {
      if (current === null) return;
      const { seat } = current;
      connections.delete(current);
      lines.delete(current);
      current = null;
      if (seat !== null) time.outside(goodbyeMs, seat.leave);
    }

    function open(token: string, on: StreamCallbacks): void {
      close();
      const own: Connection = { tab, isOpen: false, deadSince: null, arrivesAt: 0, seat: null };
      current = own;
      connections.add(own);
      events.asked(tab);

      const reach = (run: () => void) => (): void =>
        tab.enter(() => {
          if (current === own) run();
        });
      const finish = (closing: Closing): (() => void) =>
        reach(() => {
          close();
          events.closed(tab, closing);
          on.closed(closing);
        });
      const line = createLine(options, own, finish({ kind: "failed" }));
      lines.set(own, line);
      let beatIsOut = false;

      function say(word: Word): void {
        if (word.kind === "over") return line.send(finish({ kind: "failed" }), journey(climate()));
        // One that waits in front of a tab says as much as many.
        if (word.kind === "heartbeat" && beatIsOut) return;
        beatIsOut = word.kind === "heartbeat";
        const run = reach(() => {
          beatIsOut = false;
          on.heard();
          if (word.kind === "ended")
            on.news({ kind: "ended", sessionId: word.sessionId, reason: reasonOf(word.reason) });
          if (word.kind === "stale") {
            lastTold = word;
            on.news({ kind: "stale", sessionId: word.sessionId, revision: word.generation });
          }
        });
        line.send(run, journey(climate()));
      }

      const { thereMs, instead, againMs = 0, ...back } = journey(climate());
      const presented = plan.eventsBy === "token" ? { token } : { cookie: jar.refresh() };

      function arrive(): void {
        if (current !== own) return;
        if (instead !== undefined) return line.send(finish(closingOf(instead)), back);
        if (streams.answer === "missing") return line.send(finish({ kind: "unsupported" }), back);
        const sessionId = streams.answer === "refused" ? null : authority.listenerOf(presented);
        own.seat = sessionId === null ? null : hub.open(sessionId, say);
        if (own.seat === null) return line.send(finish({ kind: "unauthenticated" }), back);
        const opened = reach(() => {
          own.isOpen = true;
          events.opened(tab);
          on.opened();
        });
        line.send(opened, back);
        own.seat.begin(lastTold?.sessionId === sessionId ? lastTold.generation : 0);
      }

      if (thereMs !== null) time.outside(thereMs + againMs, arrive);
      if (thereMs === null && back.breaksMs !== null)
        time.inBrowser(back.breaksMs, finish({ kind: "failed" }));
    }

    return { close, open };
  }

  const streams: Streams = {
    answer: "served",
    of: createStream,
    connections: () => connections,
    written(sessionId) {
      const delayMs = plan.jitter ? random.between(0, longestNoticeMs) : 1;
      time.outside(delayMs, () => hub.notice(sessionId));
    },
    break(how) {
      if (how === "by-restart") return hub.restart();
      for (const [{ isOpen }, line] of lines)
        if (isOpen) line.breakDown(how === "loudly" ? random.between(1, 60) : null);
    },
  };
  return streams;
}
