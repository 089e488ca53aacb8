/** The lock that all tabs queue for, in memory. */
import type { LockCallbacks, LockPort } from "@lockstep/core/internals";
import { microtask, type Soon } from "./soon.js";

export type { Soon } from "./soon.js";

export interface MemoryLock {
  /** One tab's way to the lock. */
  tab(): LockPort;
}

export interface MemoryLockOptions {
  /** When grants and thefts are heard of; default: a microtask later. */
  readonly soon?: Soon;
}

interface Request {
  readonly callbacks: LockCallbacks;
  over: boolean;
}

export function createMemoryLock({ soon = microtask }: MemoryLockOptions = {}): MemoryLock {
  let holder: Request | null = null;
  const queue: Request[] = [];

  function grantNext(): void {
    while (holder === null) {
      const next = queue.shift();
      if (next === undefined) return;
      if (next.over) continue;
      holder = next;
      soon(() => {
        if (!next.over) next.callbacks.granted();
      });
    }
  }

  function letGo(request: Request): void {
    request.over = true;
    if (holder !== request) return;
    holder = null;
    grantNext();
  }

  function rob(robbed: Request): void {
    holder = null;
    soon(() => {
      if (!robbed.over) robbed.callbacks.stolen();
      robbed.over = true;
    });
  }

  return {
    tab() {
      let current: Request | null = null;
      const release = (): void => {
        if (current !== null) letGo(current);
        current = null;
      };
      return {
        release,
        request(steal, callbacks) {
          release();
          const own: Request = { callbacks, over: false };
          current = own;
          if (steal && holder !== null) rob(holder);
          if (steal) queue.unshift(own);
          else queue.push(own);
          grantNext();
        },
      };
    },
  };
}
