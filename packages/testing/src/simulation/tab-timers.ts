/** The timers of one tab: throttled while it is hidden, late while it stands still. */
import type { TimersPort } from "@lockstep/core/internals";
import type { Appointment } from "../agenda.js";
import type { Engine } from "./plan.js";
import type { WorldTime } from "./time.js";

/** Chromium lets the timers of a page that was hidden for five minutes fire once a minute (P12). */
const intensiveAfterMs = 300_000;

interface Timer {
  readonly run: () => void;
  appointment: Appointment | null;
}

/** How far apart the timers of a page fire that is hidden for so long. */
export function grainMs(hiddenForMs: number, engine: Engine): number {
  return engine === "chromium" && hiddenForMs > intensiveAfterMs ? 60_000 : 1_000;
}

/** When a timer fires that came due at `at`, in a page that is hidden since `hiddenSince`. */
function throttled(at: number, hiddenSince: number | null, engine: Engine): number {
  if (hiddenSince === null) return at;
  const grain = grainMs(at - hiddenSince, engine);
  return Math.ceil(at / grain) * grain;
}

export interface TabTimers extends TimersPort {
  /** How many are armed. */
  count(): number;
}

export interface TabTimersOptions {
  readonly time: WorldTime;
  readonly engine: Engine;
  readonly enter: (run: () => void) => void;
  readonly hiddenSince: () => number | null;
}

export function createTabTimers({ time, engine, enter, hiddenSince }: TabTimersOptions): TabTimers {
  const timers = new Map<string, Timer>();

  /** A replaced timer is told by not being there any more. */
  function fire(name: string, timer: Timer): void {
    enter(() => {
      if (timers.get(name) !== timer) return;
      timers.delete(name);
      timer.run();
    });
  }

  function comeDue(name: string, timer: Timer): void {
    const at = time.awake();
    const later = throttled(at, hiddenSince(), engine);
    if (later === at) fire(name, timer);
    else timer.appointment = time.inBrowser(later - at, () => fire(name, timer));
  }

  const port: TabTimers = {
    count: () => timers.size,
    arm(name, delayMs, run) {
      port.cancel(name);
      const timer: Timer = { run, appointment: null };
      timers.set(name, timer);
      // Whole milliseconds, as browsers have it. And no page lives to see a timer that is due in two months.
      const wholeMs = delayMs > 1 ? Math.trunc(delayMs) : 1;
      if (wholeMs < 5e9) timer.appointment = time.inBrowser(wholeMs, () => comeDue(name, timer));
    },
    cancel(name) {
      const appointment = timers.get(name)?.appointment;
      if (appointment != null) time.cancel(appointment);
      timers.delete(name);
    },
    cancelAll() {
      for (const name of [...timers.keys()]) port.cancel(name);
    },
  };

  return port;
}
