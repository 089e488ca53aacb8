/** What the session needs of a clock, whichever it is. */
import { describe, expect, it } from "vitest";
import type { ClockPort } from "../../src/runtime/ports.js";

export interface ClockUnderTest {
  readonly clock: ClockPort;
  /** Time passes, the machine being awake. */
  pass(ms: number): void;
  sleep(ms: number): void;
  stepWall(ms: number): void;
}

/** How far a clock may be off: rounding of the platform's clocks, and steps too small to be told from it. */
const toleranceMs = 1_000;

export function describeClockConformance(name: string, create: () => ClockUnderTest): void {
  describe(`R-061: ${name} tells how much time has passed`, () => {
    it("counts time that passes", () => {
      const { clock, pass } = create();
      const before = clock.now();
      pass(12_345);
      expect(clock.now() - before).toBeCloseTo(12_345, -1);
    });

    it("counts the time that the machine slept", () => {
      const { clock, sleep } = create();
      const before = clock.now();
      sleep(8 * 3_600_000);
      expect(clock.now() - before).toBeCloseTo(8 * 3_600_000, -1);
    });

    it("counts two sleeps of different length, and the time between them", () => {
      const { clock, pass, sleep } = create();
      const before = clock.now();
      sleep(5_000);
      pass(1_000);
      clock.now();
      sleep(7_000);
      expect(clock.now() - before).toBeCloseTo(13_000, -1);
    });

    it("gains nothing from a wall clock stepped back, and loses nothing", () => {
      const { clock, pass, stepWall } = create();
      const before = clock.now();
      stepWall(-2 * 3_600_000);
      pass(60_000);
      expect(clock.now() - before).toBeCloseTo(60_000, -1);
    });

    it("still counts sleep after the wall clock was stepped back", () => {
      const { clock, sleep, stepWall } = create();
      const before = clock.now();
      stepWall(-2 * 3_600_000);
      clock.now();
      sleep(3_600_000);
      expect(clock.now() - before).toBeCloseTo(3_600_000, -1);
    });

    it("takes a wall clock stepped forward for sleep, and counts it once", () => {
      const { clock, pass, stepWall } = create();
      const before = clock.now();
      stepWall(65 * 60_000);
      clock.now();
      pass(1_000);
      expect(clock.now() - before).toBeCloseTo(65 * 60_000 + 1_000, -1);
    });

    it("never goes back, whatever the wall clock does", () => {
      const { clock, pass, sleep, stepWall } = create();
      let last = clock.now();
      for (const step of [-1, 900, -900, -86_400_000, 5, 86_400_000, -999, 999, 31_536_000_000]) {
        stepWall(step);
        pass(1);
        sleep(2_000);
        const now = clock.now();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
    });

    it("does not run ahead when it is read in a hot loop", () => {
      const { clock, pass } = create();
      const before = clock.now();
      for (let reads = 0; reads < 100_000; reads += 1) {
        if (reads % 100 === 0) pass(1);
        clock.now();
      }
      expect(clock.now() - before).toBeCloseTo(1_000, -1);
    });

    it("does not speed up when the wall clock drifts or is corrected in small steps", () => {
      const { clock, pass, stepWall } = create();
      const before = clock.now();
      // A day of a wall clock that gains half a millisecond a second.
      for (let seconds = 0; seconds < 86_400; seconds += 60) {
        pass(60_000);
        stepWall(30);
        clock.now();
      }
      expect(Math.abs(clock.now() - before - 86_400_000)).toBeLessThanOrEqual(toleranceMs);
    });

    it("does not speed up when the wall clock swings to and fro", () => {
      const { clock, pass, stepWall } = create();
      const before = clock.now();
      for (let swings = 0; swings < 1_000; swings += 1) {
        stepWall(600);
        clock.now();
        stepWall(-600);
        clock.now();
        pass(10);
      }
      expect(Math.abs(clock.now() - before - 10_000)).toBeLessThanOrEqual(toleranceMs);
    });

    it("tells the wall time that all tabs share", () => {
      const { clock, stepWall } = create();
      const before = clock.wall();
      stepWall(-50_000);
      expect(clock.wall()).toBeCloseTo(before - 50_000, -1);
    });
  });
}
