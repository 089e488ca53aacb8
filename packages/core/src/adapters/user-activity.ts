import { bareOptions } from "../bare-options.js";
import type { ActivityPort, ClockPort } from "../runtime/ports.js";

/** How often activity is told of at most, once it counts. */
const granularityMs = 5_000;

/** What counts: somebody is there. A page scrolls by itself, too: only what makes it scroll is looked at. */
const signs = ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"] as const;

/**
 * When the user last did something, shared by all tabs: a wall-clock time in `localStorage`, which may lag for a
 * millisecond without harm. Only what a person does counts; refreshes, polling and hidden tabs never touch it (L10).
 */
export function createUserActivity(namespace: string, clock: ClockPort): ActivityPort {
  const key = `${namespace}-activity`;
  /** When it last counted in this tab, on its own clock, which nobody steps back. */
  let lastAt: number | null = null;

  /** How old the latest activity of any tab is by the wall clock; a time in the future tells nothing. */
  function sharedAgeMs(): number | null {
    try {
      const wall = Number(localStorage.getItem(key));
      const ageMs = clock.wall() - wall;
      return wall > 0 && ageMs >= 0 ? ageMs : null;
    } catch {
      return null;
    }
  }

  function touch(): void {
    lastAt = clock.now();
    try {
      localStorage.setItem(key, String(clock.wall()));
    } catch {
      // Blocked or full: this tab's own activity still counts for this tab's refreshes.
    }
  }

  return {
    ageMs() {
      const shared = sharedAgeMs();
      const own = lastAt === null ? null : clock.now() - lastAt;
      return shared === null || own === null ? (shared ?? own) : Math.min(shared, own);
    },
    touch,
    attach(on) {
      function noticed(): void {
        if (lastAt === null || clock.now() - lastAt >= granularityMs) on();
      }

      const detach = new AbortController();
      const options = bareOptions({
        capture: true,
        passive: true,
        signal: detach.signal,
      });
      for (const sign of signs) window.addEventListener(sign, noticed, options);
      return () => detach.abort();
    },
  };
}
