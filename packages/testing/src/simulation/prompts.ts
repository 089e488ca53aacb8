/** The application's dialog for a step-up in one simulated tab, and the user in front of it. */
import type { LockPort, SessionParts } from "@lockstep/core/internals";
import type { Random } from "../random.js";
import type { TabTimers } from "./tab-timers.js";
import type { WorldTime } from "./time.js";

/** What the user does when asked for more proof. */
export type Answers = "right" | "wrong-once" | "cancelled" | "silent";

export interface PromptsOptions {
  readonly time: WorldTime;
  readonly random: Random;
  readonly enter: (run: () => void) => void;
  /** The one that keeps two tabs from asking the user at once. */
  readonly lock: LockPort;
  readonly timers: TabTimers;
  readonly isVisible: () => boolean;
  readonly answers: () => Answers;
  /** The user did something. */
  readonly acted: () => void;
}

export interface Prompts {
  readonly stepUp: NonNullable<SessionParts["stepUp"]>;
  visibilityChanged(): void;
  /** How many timers are armed. */
  timers(): number;
}

export function createPrompts(options: PromptsOptions): Prompts {
  const { time, random, enter, lock, timers, isVisible, answers, acted } = options;
  const listeners = new Set<() => void>();
  return {
    stepUp: {
      lock,
      timers,
      isVisible,
      onVisibility(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      async handler({ acrValues: [acr = null], attempt }) {
        const { promise, resolve } = Promise.withResolvers<object | null>();
        const answer = answers();
        const isWrong = answer === "wrong-once" && attempt === 1;
        const say = (): void => {
          acted();
          resolve(answer === "cancelled" ? null : { acr: isWrong ? null : acr });
        };
        if (answer !== "silent") time.inBrowser(random.between(500, 60_000), () => enter(say));
        return promise;
      },
    },
    visibilityChanged() {
      for (const listener of listeners) listener();
    },
    timers: () => timers.count(),
  };
}
