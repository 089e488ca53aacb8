/** Time in the hands of a test: nothing passes unless it is made to. */
import type { TimersPort } from "@lockstep/core/internals";
import { createAgenda, type Appointment } from "../agenda.js";
import { settle } from "./settle.js";

export interface ManualTimers extends TimersPort {
  /** The names of the timers that are armed. */
  armed(): readonly string[];
}

export interface ManualClock {
  /** Milliseconds that the machine was awake: `performance.now()` of most systems. */
  monotonic(): number;
  /** What the machine's clock on the wall shows. */
  wall(): number;
  /** Milliseconds that passed, the machine asleep or awake: the time of a server. */
  passed(): number;
  /** The timers of one tab. */
  timers(): ManualTimers;
  /**
   * Time passes; what comes due fires, each at its own time, and what follows from it happens before the next.
   *
   * @throws Error if timers fire in a circle, or if the last call is still at it.
   */
  advance(ms: number): Promise<void>;
  /** The machine sleeps: the wall clock goes on, and no timer does. */
  sleep(ms: number): void;
  /** Somebody sets the wall clock; a negative number sets it back. */
  step(ms: number): void;
}

/** Timers that fire one after the other without any time between them: more are a circle. */
const circleLimit = 2_000;

export function createManualClock(): ManualClock {
  let awake = 1_000;
  let asleep = 0;
  let wallOffset = 1_800_000_000_000;
  let isAdvancing = false;
  const agenda = createAgenda();

  async function runUntil(until: number): Promise<void> {
    await settle();
    for (let together = 0; agenda.nextAt() <= until; together += 1) {
      if (agenda.nextAt() > awake) together = 0;
      if (together >= circleLimit) throw new Error("Timers fire in a circle: no time passes between them.");
      awake = Math.max(awake, agenda.nextAt());
      agenda.take()?.run();
      await settle();
    }
    awake = until;
  }

  return {
    monotonic: () => awake,
    wall: () => awake + wallOffset,
    passed: () => awake + asleep,
    timers() {
      const timers = new Map<string, Appointment>();
      const cancel = (name: string): void => {
        const armed = timers.get(name);
        if (armed !== undefined) agenda.cancel(armed);
        timers.delete(name);
      };
      return {
        cancel,
        arm(name, delayMs, fire) {
          cancel(name);
          // As `setTimeout`: what is no delay is none.
          const appointment = agenda.add(awake + (delayMs > 0 ? delayMs : 0), () => {
            timers.delete(name);
            fire();
          });
          timers.set(name, appointment);
        },
        cancelAll() {
          for (const name of [...timers.keys()]) cancel(name);
        },
        armed: () => [...timers.keys()],
      };
    },
    async advance(ms) {
      if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`Time cannot pass by ${ms} ms.`);
      if (isAdvancing) throw new Error("Time passes already: await the last advance() first.");
      isAdvancing = true;
      try {
        await runUntil(awake + ms);
      } finally {
        isAdvancing = false;
      }
    },
    sleep(ms) {
      asleep += ms;
      wallOffset += ms;
    },
    step(ms) {
      wallOffset += ms;
    },
  };
}
