import type { ServerConfig } from "../config.js";
import { unavailable, type GuardedStore } from "../dependency-guard.js";
import { endOf, toEndReason, type SessionRecord } from "../session-record.js";
import { isUnreadable, type FoundRecord } from "../stores/unreadable-record.js";
import { createEventStream, type EventStream } from "./event-stream.js";
import { createLookQueue } from "./look-queue.js";
import { endedEvent, HEARTBEAT, staleEvent } from "./wording.js";

/** Proxies close a connection on which nothing happens, most of them after a minute. */
const HEARTBEAT_MS = 15_000;
const TICK_MS = 1000;

/** A browser has one stream; for a moment two, when a tab hands it to another. More are dead, or somebody's game. */
const MOST_PER_SESSION = 4;

/** A browser that hears of one session. */
export interface Subscriber {
  readonly body: ReadableStream<Uint8Array>;
  /**
   * Tells the browser, which may hear of the session, what its record means to it. Until then the stream takes nobody's place, and the
   * store is asked for nothing.
   *
   * @throws RequestProblem `temporarily_unavailable` when nothing would be heard
   */
  admit(record: SessionRecord | null): Promise<void>;
  /** Ends the stream. */
  end(): void;
}

/** The open event streams of one server process. */
export interface EventHub {
  /**
   * Opens a stream. From now on no news of the session is lost; read the record, and admit the browser with it.
   *
   * @param lastTold the generation up to which the browser knows that its grants are stale
   * @throws RequestProblem `temporarily_unavailable` once the hub was closed
   */
  subscribe(sessionId: string, lastTold: number): Subscriber;
  /** Ends all streams, and opens no more: their browsers ask another process, or this one when it is back. */
  close(): void;
}

interface Seat {
  readonly stream: EventStream;
  /** Whoever knows the public id of a session may ask for a stream. */
  isAdmitted: boolean;
  lastTold: number;
  beatAt: number;
  /** When to read the record though nobody called: it may run out, and a notice may have been lost. */
  lookAt: number;
}

/**
 * Tells browsers what happens to their sessions, wherever it was decided.
 *
 * A notice of the store only says where to look; what a browser is told comes from the record. So nothing depends on the order
 * or the number of notices, and after a gap it is enough to look at every session that has a stream.
 */
export function createEventHub(config: ServerConfig, store: GuardedStore): EventHub {
  const seats = new Map<string, Set<Seat>>();
  const queue = createLookQueue(async (sessionIds) => {
    const seated = sessionIds.filter((id) => seats.has(id));
    if (seated.length === 0) return;
    const found = await store.readMany(seated);
    for (const [index, id] of seated.entries()) takeSeats(id, found[index] ?? null);
  }, store.largestBatch);
  let watching: Promise<() => Promise<void>> | undefined;
  let isHearing = false;
  let ticking: ReturnType<typeof setInterval> | undefined;
  let isClosed = false;

  async function watch(): Promise<void> {
    watching ??= store.watch((notice) => {
      const ids = notice.kind === "gap" ? seats.keys() : [notice.sessionId].filter((id) => seats.has(id));
      for (const id of ids) queue.add(id);
    });
    // Meanwhile the last stream may have ended, or somebody may have tried again.
    const mine = watching;
    try {
      await mine;
      if (watching === mine) isHearing = true;
    } catch (cause) {
      if (watching === mine) watching = undefined;
      throw cause;
    }
  }

  function tick(): void {
    const at = config.clock();
    for (const [sessionId, ofSession] of seats) {
      for (const seat of ofSession) {
        if (at >= seat.beatAt) {
          seat.beatAt = at + HEARTBEAT_MS;
          seat.stream.say(HEARTBEAT);
        }
        if (at >= seat.lookAt) {
          seat.lookAt = at + config.accessTokenLifetimeMs;
          queue.add(sessionId);
        }
      }
    }
  }

  function takeSeats(sessionId: string, found: FoundRecord): void {
    const record = isUnreadable(found) ? null : found;
    for (const seat of seats.get(sessionId) ?? []) tell(seat, record);
  }

  function tell(seat: Seat, record: SessionRecord | null): void {
    const at = config.clock();
    const end = record === null ? null : endOf(record, at);
    // One that was replaced goes on in the same browser, and one that the store has lost, or that nobody can make out, is for a
    // refresh to judge: these browsers ask again.
    if (record === null || end === "replaced") {
      seat.stream.end();
    } else if (end !== null) {
      seat.stream.say(endedEvent(record.id, toEndReason(end)));
      seat.stream.end();
    } else {
      // What there has not been yet nobody was told of, whatever a browser says.
      if (seat.lastTold > record.generation) seat.lastTold = 0;
      if (record.staleGeneration > seat.lastTold) {
        seat.lastTold = record.staleGeneration;
        seat.stream.say(staleEvent(record.id, record.staleGeneration));
      }
      seat.lookAt = Math.min(
        at + config.accessTokenLifetimeMs,
        record.idleExpiresAt,
        record.absoluteExpiresAt,
      );
    }
  }

  /** So that one session does not take up the process: of too many streams the oldest ends. */
  function makeRoom(sessionId: string): void {
    const admitted = [...(seats.get(sessionId) ?? [])].filter(({ isAdmitted }) => isAdmitted);
    if (admitted.length > MOST_PER_SESSION) admitted[0]?.stream.end();
  }

  /** Hears of the session from now on. What happened since its record was read is news to nobody, so it is looked at again. */
  async function hear(sessionId: string, seat: Seat): Promise<void> {
    if (seats.get(sessionId)?.has(seat) !== true) return;
    await watch();
    queue.add(sessionId);
  }

  function leave(sessionId: string, seat: Seat): void {
    const ofSession = seats.get(sessionId);
    ofSession?.delete(seat);
    if (ofSession?.size === 0) seats.delete(sessionId);
    if (seats.size === 0) rest();
  }

  /** Nobody listens: nothing is to be heard, and no timer keeps the process awake. */
  function rest(): void {
    clearInterval(ticking);
    ticking = undefined;
    queue.clear();
    const stopping = watching;
    watching = undefined;
    isHearing = false;
    void stopping?.then((stop) => stop()).catch(() => undefined);
  }

  return {
    subscribe: (sessionId, lastTold) => {
      if (isClosed) throw unavailable({ isStopping: true });
      const at = config.clock();
      const stream = createEventStream(() => leave(sessionId, seat));
      const seat: Seat = {
        stream,
        isAdmitted: false,
        lastTold,
        beatAt: at + HEARTBEAT_MS,
        lookAt: at + config.accessTokenLifetimeMs,
      };
      const ofSession = seats.get(sessionId) ?? new Set();
      seats.set(sessionId, ofSession.add(seat));
      ticking ??= setInterval(tick, TICK_MS);
      // If so, nothing that happens from here on is missed.
      const wasHearing = isHearing;
      return {
        body: stream.body,
        admit: async (record) => {
          seat.isAdmitted = true;
          makeRoom(sessionId);
          tell(seat, record);
          if (!wasHearing) await hear(sessionId, seat);
        },
        end: stream.end,
      };
    },

    close: () => {
      isClosed = true;
      for (const ofSession of [...seats.values()]) for (const { stream } of [...ofSession]) stream.end();
    },
  };
}
