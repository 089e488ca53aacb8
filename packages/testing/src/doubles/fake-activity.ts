/** What the user does, in the hands of a test. */
import type { ActivityPort } from "@lockstep/core/internals";

/** The user, at one tab. */
export interface FakeActivityTab extends ActivityPort {
  /** The user does something here; nobody hears of it unless somebody listens. */
  act(): void;
  /** Whether anybody listens. */
  readonly attached: boolean;
}

export interface FakeActivity {
  tab(): FakeActivityTab;
}

/** @param wall the clock that all tabs share */
export function createFakeActivity(wall: () => number): FakeActivity {
  let lastWall: number | null = null;
  return {
    tab() {
      let heard: (() => void) | null = null;
      const touch = (): void => void (lastWall = wall());
      return {
        ageMs: () => (lastWall === null ? null : Math.max(0, wall() - lastWall)),
        touch,
        act: () => heard?.(),
        get attached() {
          return heard !== null;
        },
        attach(on) {
          heard = on;
          return () => void (heard = null);
        },
      };
    },
  };
}
