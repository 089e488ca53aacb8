import type { ActivityPort, ClockPort } from "../runtime/ports.js";

/** How often activity is written down at most. */
const granularityMs = 5_000;

/** What counts: the user did something to the page. Moving the pointer across it does not. */
const signs = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

/**
 * When the user last did something, shared by all tabs: a wall-clock time in `localStorage`, which may lag for a
 * millisecond without harm. Only what a person does counts; refreshes, polling and hidden tabs never touch it (L10).
 */
export function createUserActivity(namespace: string, clock: ClockPort): ActivityPort {
  const key = `${namespace}-activity`;
  let lastWall = 0;

  function sharedWall(): number {
    try {
      const shared = Number(localStorage.getItem(key));
      return Number.isFinite(shared) ? Math.max(shared, lastWall) : lastWall;
    } catch {
      return lastWall;
    }
  }

  function touch(): void {
    lastWall = clock.wall();
    try {
      localStorage.setItem(key, String(lastWall));
    } catch {
      // Blocked or full: this tab's own activity still counts for this tab's refreshes.
    }
  }

  function noticed(): void {
    if (Math.abs(clock.wall() - lastWall) >= granularityMs) touch();
  }

  return {
    ageMs() {
      const wall = sharedWall();
      return wall === 0 ? null : Math.max(0, clock.wall() - wall);
    },
    touch,
    attach() {
      const detach = new AbortController();
      const options = Object.assign(Object.create(null), {
        capture: true,
        passive: true,
        signal: detach.signal,
      });
      for (const sign of signs) window.addEventListener(sign, noticed, options);
      return () => detach.abort();
    },
  };
}
