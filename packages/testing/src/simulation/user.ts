/** The user in front of one simulated tab. */
import type { ActivityPort } from "@lockstep/core/internals";

/** When the user last did something, in any tab, by the wall clock. */
export interface Activity {
  lastWall: number | null;
}

export interface User {
  readonly port: ActivityPort;
  /** The user does something in this tab. */
  act(): void;
}

export function createUser(activity: Activity, wall: () => number): User {
  let heard: (() => void) | null = null;
  const touch = (): void => void (activity.lastWall = wall());
  return {
    port: {
      ageMs: () => (activity.lastWall === null ? null : Math.max(0, wall() - activity.lastWall)),
      touch,
      attach(on) {
        heard = on;
        return () => void (heard = null);
      },
    },
    act() {
      touch();
      heard?.();
    },
  };
}
