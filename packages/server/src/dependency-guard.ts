import { RequestProblem } from "./request-problem.js";
import type { EventReporter } from "./security-events.js";
import type { SessionStore } from "./stores/session-store.js";
import { unreadableOrThrow } from "./stores/unreadable-record.js";

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

/**
 * The answer to trouble that passes: nothing was decided, nothing was consumed.
 *
 * @param options `isStopping`: the next try takes another connection. Over this one a browser would come back to a process that
 *   waits for its connections before it ends, and would be what it waits for.
 */
export function unavailable({ isStopping = false } = {}): RequestProblem {
  return new RequestProblem("temporarily_unavailable", "The session could not be looked up. Try again.", {
    "retry-after": "1",
    ...(isStopping ? { connection: "close" } : {}),
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

/** Sessions that are read in one go. There are so many only when one decision, or one lost connection, concerned that many. */
const LARGEST_BATCH = 250;

/** A store whose failures are 503s. A record that cannot be made out is one for `read`, and an answer for `readMany`. */
export interface GuardedStore extends Required<SessionStore> {
  /** How many ids to give to `readMany` at most. */
  readonly largestBatch: number;
}

/** Wraps every method of a store that a request uses. */
export function guardStore(store: SessionStore, guard: DependencyGuard): GuardedStore {
  const readMany =
    store.readMany?.bind(store) ??
    ((ids: readonly string[]) => Promise.all(ids.map((id) => store.read(id).catch(unreadableOrThrow))));
  return {
    largestBatch: store.readMany === undefined ? 1 : LARGEST_BATCH,
    readMany: (ids) => guard("store.read", () => readMany(ids)),
    insert: (record) => guard("store.insert", () => store.insert(record)),
    read: (id) => guard("store.read", () => store.read(id)),
    compareAndSet: (id, revision, next) =>
      guard("store.compareAndSet", () => store.compareAndSet(id, revision, next)),
    listByUser: (userId) => guard("store.listByUser", () => store.listByUser(userId)),
    revokeByUser: (userId, revocation) =>
      guard("store.revokeByUser", () => store.revokeByUser(userId, revocation)),
    deleteExpired: (before) => guard("store.deleteExpired", () => store.deleteExpired(before)),
    watch: async (listener) => {
      let isLate = false;
      const watch = async (): Promise<() => Promise<void>> => {
        const stop = await store.watch(listener);
        // Nobody else knows how to end it.
        if (isLate) await stop();
        return stop;
      };
      try {
        return await guard("store.watch", watch);
      } catch (cause) {
        isLate = true;
        throw cause;
      }
    },
    close: () => store.close(),
  };
}
