import { bareOptions } from "../bare-options.js";
import type { LockCallbacks, LockPort } from "../runtime/ports.js";

/** `signal` does not go together with `steal`. */
function lockOptions(steal: boolean, signal: AbortSignal): LockOptions {
  const options: LockOptions = { mode: "exclusive", ifAvailable: false, steal };
  return bareOptions(steal ? options : { ...options, signal });
}

interface Request {
  readonly abort: AbortController;
  over: boolean;
  free: () => void;
}

/** The lock all tabs queue for, over Web Locks. Slicing the wait, stealing and giving up are the machine's business. */
export function createWebLock(name: string, locks: LockManager | undefined): LockPort {
  let current: Request | null = null;

  function release(): void {
    if (current === null) return;
    current.over = true;
    current.abort.abort();
    current.free();
    current = null;
  }

  function request(steal: boolean, callbacks: LockCallbacks): void {
    release();
    if (locks === undefined) {
      callbacks.refused("missing");
      return;
    }
    let free = (): void => undefined;
    const held = new Promise<void>((resolve) => (free = resolve));
    const own: Request = { abort: new AbortController(), over: false, free };
    current = own;
    let granted = false;
    const hold = (): Promise<void> | undefined => {
      // Granted in the very moment we left the queue: give it back at once.
      if (own.over) return undefined;
      granted = true;
      callbacks.granted();
      return held;
    };
    const requested = new Promise((resolve) =>
      resolve(locks.request(name, lockOptions(steal, own.abort.signal), hold)),
    );
    requested.catch((error: unknown) => {
      if (own.over) return;
      own.over = true;
      current = null;
      // A held lock is only ever taken away by a thief, or by the suspension of the page (WebKit).
      if (granted) callbacks.stolen();
      else callbacks.refused(error instanceof Error ? error.name : "unknown");
    });
  }

  return { request, release };
}
