/** A session whose listeners can be counted, and whose end would be noticed. */
import type { Session } from "@lockstep/core";

export interface CountedSession {
  readonly session: Session;
  /** Those that listen now. */
  listeners(): number;
  /** The calls of each method that a binding has, or has not, any business with. */
  readonly calls: { subscribe: number; start: number; dispose: number };
}

export function countListeners(session: Session): CountedSession {
  const listening = new Set<symbol>();
  const calls = { subscribe: 0, start: 0, dispose: 0 };
  return {
    calls,
    listeners: () => listening.size,
    session: {
      ...session,
      start() {
        calls.start += 1;
        session.start();
      },
      subscribe(listener) {
        calls.subscribe += 1;
        const entry = Symbol("listener");
        listening.add(entry);
        const unsubscribe = session.subscribe(listener);
        return () => {
          listening.delete(entry);
          unsubscribe();
        };
      },
      dispose() {
        calls.dispose += 1;
        session.dispose();
      },
    },
  };
}
