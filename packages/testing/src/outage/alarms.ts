/** A tab's timers, by their names: arming one replaces it, and none wakes up before its time. */
import type { Event } from "@lockstep/core/internals";

export type TimerName = Extract<Event, { type: "timer-fired" }>["name"];

const names: readonly TimerName[] = ["due", "cool", "ask", "slice", "claim", "request", "rumour"];

export class Alarms {
  readonly #times = names.map(() => Number.POSITIVE_INFINITY);

  arm(name: TimerName, at: number): void {
    this.#times[names.indexOf(name)] = at;
  }

  cancel(name: TimerName): void {
    this.arm(name, Number.POSITIVE_INFINITY);
  }

  /** `Infinity`: none is armed. */
  nextAt(): number {
    return Math.min(...this.#times);
  }

  /** The one that is due next; from now on it is no longer armed. */
  take(): TimerName {
    const name = names[this.#times.indexOf(this.nextAt())] as TimerName;
    this.cancel(name);
    return name;
  }
}
