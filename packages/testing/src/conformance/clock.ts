/** What the session needs of a clock, whichever it is. */
import type { ClockPort } from "@lockstep/core/internals";
import { between, hold } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface ClockUnderTest extends Closable {
  readonly clock: ClockPort;
  /** Time passes, the machine being awake. */
  pass(ms: number): void;
  sleep(ms: number): void;
  stepWall(ms: number): void;
  /** Milliseconds that passed by themselves: none where time stands still. */
  elapsedMs(): number;
}

/** What the platform's clocks may round. */
const roundingMs = 5;

/** How far a clock may be off beyond that: steps too small to be told from rounding. */
const slackMs = 1_000;

const hour = 3_600_000;

/** Whether `read` grows by `ms` in the course of `happen`, and by the time that passes by itself. */
function grows(
  { elapsedMs }: ClockUnderTest,
  read: () => number,
  ms: number,
  happen: () => void,
  toleranceMs = roundingMs,
): void {
  const outerStart = elapsedMs();
  const before = read();
  const innerStart = elapsedMs();
  happen();
  const innerEnd = elapsedMs();
  const after = read();
  const outerEnd = elapsedMs();
  const least = ms + innerEnd - innerStart - toleranceMs;
  between(after - before, least, ms + outerEnd - outerStart + toleranceMs, "the time that was counted");
}

export function clockConformance(create: () => ClockUnderTest): readonly ConformanceCase[] {
  return casesOf("R-061, how much time has passed", create, {
    "time that passes counts": (subject) => {
      grows(subject, subject.clock.now, 12_345, () => subject.pass(12_345));
    },

    "the time that the machine slept counts": (subject) => {
      grows(subject, subject.clock.now, 8 * hour, () => subject.sleep(8 * hour));
    },

    "two sleeps of different length count, and the time between them": (subject) => {
      grows(subject, subject.clock.now, 13_000, () => {
        subject.sleep(5_000);
        subject.pass(1_000);
        subject.clock.now();
        subject.sleep(7_000);
      });
    },

    "a wall clock stepped back gains nothing, and loses nothing": (subject) => {
      grows(subject, subject.clock.now, 60_000, () => {
        subject.stepWall(-2 * hour);
        subject.pass(60_000);
      });
    },

    "sleep still counts after the wall clock was stepped back": (subject) => {
      grows(subject, subject.clock.now, hour, () => {
        subject.stepWall(-2 * hour);
        subject.clock.now();
        subject.sleep(hour);
      });
    },

    "a wall clock stepped forward is taken for sleep, and counts once": (subject) => {
      grows(subject, subject.clock.now, 65 * 60_000 + 1_000, () => {
        subject.stepWall(65 * 60_000);
        subject.clock.now();
        subject.pass(1_000);
      });
    },

    "the clock never goes back, whatever the wall clock does": ({ clock, pass, sleep, stepWall }) => {
      let last = clock.now();
      for (const step of [-1, 900, -900, -86_400_000, 5, 86_400_000, -999, 999, 31_536_000_000]) {
        stepWall(step);
        pass(1);
        sleep(2_000);
        const now = clock.now();
        hold(now >= last, `the clock went back from ${last} to ${now}`);
        last = now;
      }
    },

    "the clock does not run ahead when it is read in a hot loop": (subject) => {
      grows(subject, subject.clock.now, 1_000, () => {
        for (let reads = 0; reads < 100_000; reads += 1) {
          if (reads % 100 === 0) subject.pass(1);
          subject.clock.now();
        }
      });
    },

    "the clock does not speed up when the wall clock drifts or is corrected in small steps": (subject) => {
      // A day of a wall clock that gains half a millisecond a second.
      const drift = (): void => {
        for (let seconds = 0; seconds < 86_400; seconds += 60) {
          subject.pass(60_000);
          subject.stepWall(30);
          subject.clock.now();
        }
      };
      grows(subject, subject.clock.now, 86_400_000, drift, slackMs);
    },

    "the clock does not speed up when the wall clock swings to and fro": (subject) => {
      const swing = (): void => {
        for (let swings = 0; swings < 1_000; swings += 1) {
          subject.stepWall(600);
          subject.clock.now();
          subject.stepWall(-600);
          subject.clock.now();
          subject.pass(10);
        }
      };
      grows(subject, subject.clock.now, 10_000, swing, slackMs);
    },

    "the wall time is the one that all tabs share": (subject) => {
      grows(subject, subject.clock.wall, -50_000, () => subject.stepWall(-50_000));
    },
  });
}
