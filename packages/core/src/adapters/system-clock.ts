import type { ClockPort } from "../runtime/ports.js";

/** Steps smaller than this are drift or rounding, not sleep. */
const leapMs = 1_000;

/** The two clocks of the platform, injectable for tests. */
export interface PlatformClocks {
  readonly monotonic: () => number;
  readonly wall: () => number;
}

/**
 * One clock out of two. `performance.now()` stops while the machine sleeps on most systems (P17), `Date.now()` jumps:
 * elapsed time is the greater of what the two say, so that sleep counts, and a wall clock stepped back extends no life
 * . A wall clock stepped forward looks like sleep; it costs at most one refresh.
 */
export function createSystemClock({
  monotonic = () => performance.now(),
  wall = () => Date.now(),
}: Partial<PlatformClocks> = {}): ClockPort {
  let skippedMs = 0;
  let offset = wall() - monotonic();
  return {
    now() {
      const ticks = monotonic();
      // Since the last look, so that drift and small corrections never add up to a leap.
      const leap = wall() - ticks - offset;
      offset += leap;
      if (leap >= leapMs) skippedMs += leap;
      return ticks + skippedMs;
    },
    wall,
  };
}
