/**
 * The loop: one event at a time, run to completion; what is raised meanwhile waits its turn. It stamps time, chance and
 * the register on each event, commits the new state before any effect runs, and tells subscribers last.
 */
import type { Effect } from "../machine/effect.js";
import type { Event, Stamp } from "../machine/event.js";
import type { Observation } from "../machine/invariants.js";
import type { Policy } from "../machine/policy.js";
import type { State } from "../machine/state.js";
import { transition } from "../machine/transition.js";

/** Events that wait at most. Beyond it something raises them in a circle; the rest is dropped and reported. */
const queueLimit = 1_000;

export interface LoopOptions {
  readonly initial: State;
  readonly policy: Policy;
  stamp(): Stamp;
  run(effect: Effect): void;
  /** After the effects of each event. */
  committed(state: State): void;
  overflowed(): void;
  /** Sees every turn before its effects run: the laws as code watch from here. */
  readonly observe?: ((turn: Observation) => void) | undefined;
}

export interface Loop {
  state(): State;
  send(event: Event): void;
}

export function createLoop(options: LoopOptions): Loop {
  const { initial, policy, run, committed, overflowed, observe } = options;
  let state = initial;
  let running = false;
  const queue: Event[] = [];

  function turn(event: Event): void {
    const before = state;
    const stamp = options.stamp();
    const [after, effects] = transition(before, event, stamp, policy);
    state = after;
    observe?.({ before, event, stamp, policy, after, effects });
    for (const effect of effects) run(effect);
    committed(state);
  }

  return {
    state: () => state,
    send(event) {
      if (queue.length >= queueLimit) {
        overflowed();
        return;
      }
      queue.push(event);
      if (running) return;
      running = true;
      try {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) turn(next);
      } finally {
        running = false;
      }
    },
  };
}
