import { describe, expect, it } from "vitest";
import { clockConformance, describeConformance } from "@lockstep/testing/conformance";
import { createSystemClock } from "../../src/adapters/system-clock.js";

describeConformance(
  { describe, it },
  "the system clock",
  clockConformance(() => {
    let ticks = 5_000;
    let wall = 1_800_000_000_000;
    return {
      clock: createSystemClock({ monotonic: () => ticks, wall: () => wall }),
      pass(ms) {
        ticks += ms;
        wall += ms;
      },
      sleep: (ms) => void (wall += ms),
      stepWall: (ms) => void (wall += ms),
      elapsedMs: () => 0,
    };
  }),
);

describeConformance(
  { describe, it },
  "the system clock where the monotonic clock counts sleep (P17)",
  clockConformance(() => {
    let ticks = 5_000;
    let wall = 1_800_000_000_000;
    const pass = (ms: number): void => {
      ticks += ms;
      wall += ms;
    };
    return {
      clock: createSystemClock({ monotonic: () => ticks, wall: () => wall }),
      pass,
      sleep: pass,
      stepWall: (ms) => void (wall += ms),
      elapsedMs: () => 0,
    };
  }),
);

describe("R-061: the system clock of the platform", () => {
  it("agrees with the platform's clocks while nothing happens to them", () => {
    const clock = createSystemClock();
    const [before, wallBefore] = [clock.now(), Date.now()];
    expect(Math.abs(clock.wall() - wallBefore)).toBeLessThan(1_000);
    expect(clock.now() - before).toBeGreaterThanOrEqual(0);
    expect(clock.now() - before).toBeLessThan(1_000);
  });
});
