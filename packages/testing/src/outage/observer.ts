/** What is worth counting. */
import type { Hold } from "@lockstep/core/internals";
import type { Habits } from "./habits.js";

export interface Observer {
  requested(at: number): void;
  /** A pause that all tabs share begins, and lasts at least so long. */
  paused(at: number, hold: Hold): void;
  /** A token came; the one before it ran out at `formerRanOutAt`, −∞ where there was none. */
  granted(at: number, formerRanOutAt: number, habits: Habits): void;
}
