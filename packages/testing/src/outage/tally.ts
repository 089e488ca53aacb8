/** Counting requests by the second, and what the counts come to. */
import { beginsAt, endsAt, normalSince, outageEndsAt } from "./course.js";
import type { Habits } from "./habits.js";
import type { Observer } from "./observer.js";

export interface Figures {
  /** Requests a second. */
  readonly normalMean: number;
  readonly outageMean: number;
  /** The second with the most requests in the first minute after the outage. */
  readonly peak: number;
  /** The same for the rest of the time: later waves, and the echo when all those tokens run out together. */
  readonly laterPeak: number;
  /** After the end of the outage, until 99 % of the visible browsers have a token again; `null`: not while we looked. */
  readonly recoveredMs: number | null;
  /** The longest that a visible browser was without a token. */
  readonly longestWithoutMs: number;
  /** Requests during the outage, divided by all visible browsers. */
  readonly triesEach: number;
}

const secondOf = (at: number): number => Math.floor((at - beginsAt) / 1_000);

export class Tally implements Observer {
  /** Requests by the second, from {@link beginsAt} on. */
  readonly requests = new Uint32Array(secondOf(endsAt));
  /** Visible browsers that got their token back, by the second. */
  readonly #recoveries = new Uint32Array(secondOf(endsAt));
  #visible = 0;
  #longestWithoutMs = 0;

  requested(at: number): void {
    this.requests[secondOf(at)] = (this.requests[secondOf(at)] ?? 0) + 1;
  }

  paused(): void {}

  granted(at: number, formerRanOutAt: number, { visible }: Habits): void {
    if (!visible) return;
    if (formerRanOutAt === Number.NEGATIVE_INFINITY) {
      this.#visible += 1;
      return;
    }
    this.#longestWithoutMs = Math.max(this.#longestWithoutMs, at - formerRanOutAt);
    if (at < outageEndsAt || formerRanOutAt > outageEndsAt) return;
    this.#recoveries[secondOf(at)] = (this.#recoveries[secondOf(at)] ?? 0) + 1;
  }

  figures(): Figures {
    const normalMean = this.#mean(normalSince, 0);
    const outageMean = this.#mean(0, outageEndsAt);
    const aMinuteAfter = outageEndsAt + 60_000;
    return {
      normalMean,
      outageMean,
      peak: this.#peak(outageEndsAt, aMinuteAfter),
      laterPeak: this.#peak(aMinuteAfter, endsAt),
      recoveredMs: this.#recoveredMs(),
      longestWithoutMs: this.#longestWithoutMs,
      triesEach: (outageMean * outageEndsAt) / 1_000 / this.#visible,
    };
  }

  #mean(from: number, to: number): number {
    const seconds = this.requests.subarray(secondOf(from), secondOf(to));
    return seconds.reduce((sum, count) => sum + count, 0) / seconds.length;
  }

  #peak(from: number, to: number): number {
    return Math.max(...this.requests.subarray(secondOf(from), secondOf(to)));
  }

  #recoveredMs(): number | null {
    let missing = Math.ceil(this.#visible * 0.99);
    for (let second = secondOf(outageEndsAt); second < this.#recoveries.length; second += 1) {
      missing -= this.#recoveries[second] ?? 0;
      if (missing <= 0) return (second + 1) * 1_000 + beginsAt - outageEndsAt;
    }
    return null;
  }
}
