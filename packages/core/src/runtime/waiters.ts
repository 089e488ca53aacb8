/** Callers that wait. Each settles within its bound, whatever the machine does (L7). */
import { SessionError } from "../errors.js";
import type { TimersPort } from "./ports.js";

/** Callers kept waiting at once at most. */
const waiterLimit = 10_000;

/** The part of `AbortSignal` that waiting needs; the runtime knows no DOM. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface WaitOptions {
  readonly limitMs: number;
  /** Never left out: a polluted prototype must not supply one (attack B1). */
  readonly signal: AbortSignalLike | null;
}

interface Waiter {
  /** Offers the present state. */
  readonly look: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A room of callers waiting for the same kind of thing. `tryAll` offers each the present state: it returns the result,
 * throws, or returns `undefined` to keep waiting.
 */
export interface WaitingRoom {
  readonly size: number;
  wait<Result>(attempt: () => Result | undefined, options: WaitOptions): Promise<Result>;
  /** Lets every caller look again. */
  tryAll(): void;
  /** Turns every caller away that cannot be served as things are. */
  failAll(error: () => unknown): void;
}

export function createWaitingRoom(name: string, timers: TimersPort): WaitingRoom {
  const waiting = new Map<number, Waiter>();
  let count = 0;

  return {
    get size() {
      return waiting.size;
    },
    wait<Result>(attempt: () => Result | undefined, { limitMs, signal }: WaitOptions): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        if (waiting.size >= waiterLimit)
          return reject(new SessionError("overloaded", `More than ${waiterLimit} callers wait for ${name}.`));
        const id = (count += 1);
        const timer = `${name}:${id}`;
        const leave = (): void => {
          waiting.delete(id);
          timers.cancel(timer);
          signal?.removeEventListener("abort", onAbort);
        };
        const turnAway = (error: unknown): void => {
          leave();
          reject(error);
        };
        const onAbort = (): void => turnAway(signal?.reason);
        const look = (): void => {
          try {
            const result = attempt();
            if (result === undefined) return;
            leave();
            resolve(result);
          } catch (error) {
            turnAway(error);
          }
        };
        waiting.set(id, { look, reject: turnAway });
        signal?.addEventListener("abort", onAbort);
        timers.arm(timer, limitMs, () =>
          turnAway(new SessionError("timeout", `Waiting for ${name} took longer than ${limitMs} ms.`)),
        );
        look();
      });
    },
    tryAll() {
      for (const { look } of [...waiting.values()]) look();
    },
    failAll(error) {
      for (const { look } of [...waiting.values()]) look();
      for (const { reject } of [...waiting.values()]) reject(error());
    },
  };
}
