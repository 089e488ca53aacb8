/**
 * The one clock of a world, which jumps to the next thing that is due. The server lives in true time; the browser's machine
 * can sleep, and then nothing in it happens; its wall clock can be wrong and be set.
 */
import { createAgenda, type Appointment } from "../agenda.js";

export interface WorldTime {
  /** Milliseconds of true time since the world began: the server's clock. */
  now(): number;
  /** Milliseconds that the browser's machine was awake: what `performance.now()` counts on most systems. */
  awake(): number;
  /** The machine's wall clock. */
  wall(): number;
  isAsleep(): boolean;
  /** Something in the browser, after so long awake. */
  inBrowser(delayMs: number, run: () => void): Appointment;
  /** Something outside of it: the server, the network. */
  outside(delayMs: number, run: () => void): Appointment;
  cancel(appointment: Appointment): void;
  sleep(ms: number): void;
  /** Sets the wall clock forwards or back. */
  setWall(byMs: number): void;
  /** Goes on to the next thing and does it; `false` if there is none before `until`, which is then the time. */
  step(until: number): boolean;
  /** Called after each sleep. */
  onWake: () => void;
}

/** Where the wall clock begins: some day in 2027. */
const wallStart = 1_800_000_000_000;

export function createWorldTime(): WorldTime {
  const browser = createAgenda();
  const elsewhere = createAgenda();
  const agendaOf = new WeakMap<Appointment, typeof browser>();
  let now = 0;
  let slept = 0;
  let asleepSince = 0;
  let wakesAt: number | null = null;
  let wallOffset = wallStart;

  function wake(): void {
    slept += now - asleepSince;
    wakesAt = null;
    time.onWake();
  }

  const awake = (): number => (wakesAt === null ? now : asleepSince) - slept;

  const time: WorldTime = {
    now: () => now,
    awake,
    wall: () => now + wallOffset,
    isAsleep: () => wakesAt !== null,
    inBrowser(delayMs, run) {
      const appointment = browser.add(awake() + Math.max(0, delayMs), run);
      agendaOf.set(appointment, browser);
      return appointment;
    },
    outside(delayMs, run) {
      const appointment = elsewhere.add(now + Math.max(0, delayMs), run);
      agendaOf.set(appointment, elsewhere);
      return appointment;
    },
    cancel: (appointment) => agendaOf.get(appointment)?.cancel(appointment),
    sleep(ms) {
      if (wakesAt === null) asleepSince = now;
      wakesAt = Math.max(wakesAt ?? 0, now + ms);
    },
    setWall: (byMs) => void (wallOffset += byMs),
    step(until) {
      const browserAt = wakesAt ?? browser.nextAt() + slept;
      const outsideAt = elsewhere.nextAt();
      const next = Math.min(browserAt, outsideAt);
      if (next > until) {
        now = Math.max(now, until);
        return false;
      }
      now = Math.max(now, next);
      if (outsideAt <= browserAt) elsewhere.take()?.run();
      else if (wakesAt !== null) wake();
      else browser.take()?.run();
      return true;
    },
    onWake: () => undefined,
  };
  return time;
}

export interface Stopwatch {
  start(): void;
  stop(): void;
  ms(): number;
}

/** Runs from the beginning. */
export function createStopwatch(now: () => number): Stopwatch {
  let total = 0;
  let since: number | null = now();
  const ms = (): number => total + (since === null ? 0 : now() - since);
  return {
    ms,
    start: () => void (since ??= now()),
    stop() {
      total = ms();
      since = null;
    },
  };
}
