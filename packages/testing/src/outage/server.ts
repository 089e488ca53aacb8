/** A model of the server, and of the way to it: what a request gets, by the time it is sent. */
import type { Failure } from "@lockstep/core/internals";
import { outageEndsAt } from "./course.js";

/** `silence`: no answer ever comes. */
export type Answer = "token" | "silence" | Failure;

export interface Server {
  /** From the end of the outage on, a server with a capacity must be asked in the order of time. */
  receive(at: number): Answer;
}

/** Once the server is back, what is more than it can do in a second is refused. */
export interface Capacity {
  readonly perSecond: number;
  readonly refusal: Failure;
}

export interface ServerOptions {
  /** What a request gets during the outage. */
  readonly outage: (at: number) => Answer;
  readonly capacity: Capacity | null;
}

export function createServer({ outage, capacity }: ServerOptions): Server {
  let second = Number.NEGATIVE_INFINITY;
  let served = 0;

  function serve(at: number, { perSecond, refusal }: Capacity): Answer {
    const now = Math.floor(at / 1_000);
    if (now !== second) {
      second = now;
      served = 0;
    }
    if (served >= perSecond) return refusal;
    served += 1;
    return "token";
  }

  return {
    receive(at) {
      if (at >= 0 && at < outageEndsAt) return outage(at);
      return capacity === null || at < 0 ? "token" : serve(at, capacity);
    },
  };
}
