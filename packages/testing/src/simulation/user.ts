/** The user in front of one simulated tab. */
import type { ActivityPort, ClockPort } from "@lockstep/core/internals";

/** When the user last did something, in any tab, by the wall clock. */
export interface Activity {
  lastWall: number | null;
}

export interface User {
  readonly port: ActivityPort;
  /** The user does something in this tab. */
  act(): void;
}

export function createUser(activity: Activity, { now, wall }: ClockPort, touched: () => void): User {
  /** By the tab's own clock. */
  let lastAt: number | null = null;
  let heard: (() => void) | null = null;
  return {
    port: {
      /** As the adapter's: a time in the future tells nothing. */
      ageMs() {
        const shared = activity.lastWall === null ? -1 : wall() - activity.lastWall;
        const ages = [shared, lastAt === null ? -1 : now() - lastAt].filter((age) => age >= 0);
        return ages.length === 0 ? null : Math.min(...ages);
      },
      touch() {
        touched();
        lastAt = now();
        activity.lastWall = wall();
      },
      attach(on) {
        heard = on;
        return () => void (heard = null);
      },
    },
    act: () => heard?.(),
  };
}
