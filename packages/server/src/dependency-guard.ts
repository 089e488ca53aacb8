import { RequestProblem } from "./request-problem.js";
import type { EventReporter } from "./security-events.js";
import type { SessionStore } from "./stores/session-store.js";

/** Upper bound of one call to a store or to `loadUser`. */
const LONGEST_CALL_MS = 10_000;

/** Runs one call of a dependency under the deadline; what goes wrong becomes a 503 that a client retries. */
export type DependencyGuard = <Result>(dependency: string, call: () => Promise<Result>) => Promise<Result>;

/**
 * Returns a guard whose deadline is shorter than grace, so that no late answer arrives after grace is over.
 *
 * A write that was given up on may still happen. That is safe: the client repeats its attempt, and the same attempt gets
 * the same successor.
 */
export function createDependencyGuard(
  graceMs: number,
  report: EventReporter,
  clock: () => number,
): DependencyGuard {
  const limitMs = graceMs > 0 ? Math.min(LONGEST_CALL_MS, graceMs / 2) : LONGEST_CALL_MS;
  return async (dependency, call) => {
    try {
      return await withDeadline(call, limitMs);
    } catch (cause) {
      const errorName = cause instanceof Error ? cause.name : "unknown";
      await report({ type: "dependency-failed", at: clock(), dependency, errorName });
      throw unavailable();
    }
  };
}

/** The answer to trouble that passes: nothing was decided, nothing was consumed. */
export function unavailable(): RequestProblem {
  return new RequestProblem("temporarily_unavailable", "The session could not be looked up. Try again.", {
    "retry-after": "1",
  });
}

async function withDeadline<Result>(call: () => Promise<Result>, limitMs: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("Too slow.", "TimeoutError")), limitMs);
  });
  try {
    return await Promise.race([call(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Wraps every method of a store that a request uses. */
export function guardStore(store: SessionStore, guard: DependencyGuard): SessionStore {
  return {
    insert: (record) => guard("store.insert", () => store.insert(record)),
    read: (id) => guard("store.read", () => store.read(id)),
    compareAndSet: (id, revision, next) =>
      guard("store.compareAndSet", () => store.compareAndSet(id, revision, next)),
    listByUser: (userId) => guard("store.listByUser", () => store.listByUser(userId)),
    revokeByUser: (userId, revocation) =>
      guard("store.revokeByUser", () => store.revokeByUser(userId, revocation)),
    deleteExpired: (before) => guard("store.deleteExpired", () => store.deleteExpired(before)),
    close: () => store.close(),
  };
}
