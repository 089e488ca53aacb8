import type { ServerContext } from "./server-context.js";

const INTERVAL_MS = 60_000;

/** Records outlive their absolute deadline by this, so that a browser that slept through it is told `expired`. */
const RETENTION_MS = 3_600_000;

/**
 * Returns a function that deletes what is long over: at most once a minute, at sign-in, when somebody waits anyway.
 *
 * A timer would keep processes alive and has no place in a handler that may run on an edge runtime.
 */
export function createSweeper({ config, store }: ServerContext): () => Promise<void> {
  let lastSweepAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const at = config.clock();
    if (at - lastSweepAt < INTERVAL_MS) return;
    lastSweepAt = at;
    // The session was started: housekeeping that fails is reported by the guard and must not undo it.
    await store.deleteExpired(at - RETENTION_MS).catch(() => undefined);
  };
}
