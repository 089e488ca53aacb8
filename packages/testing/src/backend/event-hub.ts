/**
 * What the authority tells the browsers that listen: by the rules of the server's own hub (`packages/server/src/push`), with a
 * look when a notice comes, once in an access token's lifetime, and when the session is over by the clock.
 */
import { endOf, toEndReason, type SessionRecord } from "@lockstep/server/rotation";
import type { EndReason } from "./authority.js";

const heartbeatMs = 15_000;

/** A browser has one stream, for a moment two. More are dead. */
const mostPerSession = 4;

export type Word =
  | { readonly kind: "heartbeat" }
  | { readonly kind: "ended"; readonly sessionId: string; readonly reason: EndReason }
  | { readonly kind: "stale"; readonly sessionId: string; readonly generation: number }
  /** Nothing follows. */
  | { readonly kind: "over" };

/** One open stream, at the server's end. */
export interface Seat {
  readonly sessionId: string;
  /** Says what the record means to a browser that was told of stale grants up to that generation. */
  begin(lastTold: number): void;
  /** The browser has gone. */
  leave(): void;
}

export interface EventHub {
  /** `null`: there is no session to hear of. */
  open(sessionId: string, say: (word: Word) => void): Seat | null;
  /** Something was written about the session. */
  notice(sessionId: string): void;
  /** The process goes, and another one comes. */
  restart(): void;
}

export interface EventHubOptions {
  readonly now: () => number;
  /** Returns what cancels it. */
  readonly later: (delayMs: number, run: () => void) => () => void;
  readonly recordOf: (sessionId: string) => SessionRecord | null;
  /** Of access tokens. */
  readonly lifetimeMs: number;
}

export function createEventHub({ now, later, recordOf, lifetimeMs }: EventHubOptions): EventHub {
  const seats = new Set<Seat & { look(): void; end(): void }>();

  return {
    open(sessionId, say) {
      const found = recordOf(sessionId);
      if (found === null || endOf(found, now()) !== null) return null;
      let lastTold = 0;
      let cancelBeat = later(heartbeatMs, beat);
      let cancelLook = (): void => undefined;

      function beat(): void {
        cancelBeat = later(heartbeatMs, beat);
        say({ kind: "heartbeat" });
      }

      function leave(): void {
        cancelBeat();
        cancelLook();
        seats.delete(seat);
      }

      function end(): void {
        leave();
        say({ kind: "over" });
      }

      function look(): void {
        const record = recordOf(sessionId);
        const reason = record === null ? null : endOf(record, now());
        // One that was replaced goes on in the same browser, which asks again.
        if (record === null || reason === "replaced") return end();
        if (reason !== null) {
          say({ kind: "ended", sessionId, reason: toEndReason(reason) });
          return end();
        }
        if (record.staleGeneration > lastTold) {
          lastTold = record.staleGeneration;
          say({ kind: "stale", sessionId, generation: lastTold });
        }
        cancelLook();
        const endsInMs = Math.min(record.idleExpiresAt, record.absoluteExpiresAt) - now();
        cancelLook = later(Math.min(lifetimeMs, endsInMs), look);
      }

      const seat = {
        sessionId,
        look,
        end,
        leave,
        begin(told: number) {
          lastTold = told;
          look();
        },
      };
      seats.add(seat);
      const ofSession = [...seats].filter((each) => each.sessionId === sessionId);
      if (ofSession.length > mostPerSession) ofSession[0]?.end();
      return seat;
    },
    notice(sessionId) {
      for (const seat of [...seats]) if (seat.sessionId === sessionId) seat.look();
    },
    restart() {
      for (const seat of [...seats]) seat.end();
    },
  };
}
