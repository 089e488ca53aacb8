/** Time in the hands of a test: nothing passes unless it is made to. */
import type { TimersPort } from "../../src/runtime/ports.js";
import { settle } from "./settle.js";

export interface ManualTimers extends TimersPort {
  /** The names of the timers that are armed. */
  armed(): readonly string[];
}

export interface ManualTime {
  /** Milliseconds that the machine was awake: `performance.now()` of most systems. */
  monotonic(): number;
  wall(): number;
  /** The timers of one tab. */
  timers(): ManualTimers;
  /** Time passes; what comes due fires, each at its own time. */
  advance(ms: number): Promise<void>;
  /** The machine sleeps: only the wall clock goes on, and no timer does. */
  sleep(ms: number): void;
  stepWall(ms: number): void;
}

interface Timer {
  readonly dueAt: number;
  readonly fire: () => void;
}

/** More timers than this in one `advance` are a loop. */
const firingLimit = 100_000;

export function createManualTime(): ManualTime {
  let awake = 1_000;
  let wallOffset = 1_800_000_000_000;
  const tabs: Map<string, Timer>[] = [];

  function nextDue(until: number): { readonly timer: Timer; readonly forget: () => void } | null {
    let next: { readonly timer: Timer; readonly forget: () => void } | null = null;
    for (const timers of tabs)
      for (const [name, timer] of timers)
        if (timer.dueAt <= until && timer.dueAt < (next?.timer.dueAt ?? Infinity))
          next = { timer, forget: () => void timers.delete(name) };
    return next;
  }

  return {
    monotonic: () => awake,
    wall: () => awake + wallOffset,
    timers() {
      const timers = new Map<string, Timer>();
      tabs.push(timers);
      return {
        arm(name, delayMs, fire) {
          timers.delete(name);
          // As `setTimeout`: what is no delay is none.
          timers.set(name, { dueAt: awake + (delayMs > 0 ? delayMs : 0), fire });
        },
        cancel: (name) => void timers.delete(name),
        cancelAll: () => timers.clear(),
        armed: () => [...timers.keys()],
      };
    },
    async advance(ms) {
      const until = awake + ms;
      await settle();
      for (let fired = 0, due = nextDue(until); due !== null; fired += 1, due = nextDue(until)) {
        if (fired >= firingLimit) throw new Error("Timers fire in a circle.");
        awake = Math.max(awake, due.timer.dueAt);
        due.forget();
        due.timer.fire();
        await settle();
      }
      awake = until;
      await settle();
    },
    sleep(ms) {
      wallOffset += ms;
    },
    stepWall(ms) {
      wallOffset += ms;
    },
  };
}
