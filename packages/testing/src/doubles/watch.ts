/** A promise under observation, so that a test can look at it while time stands still. */

/** How a promise stands, and with what. */
export type Outcome<Value> =
  | { readonly status: "pending" }
  | { readonly status: "resolved"; readonly value: Value }
  | { readonly status: "rejected"; readonly error: unknown };

/** Watches a promise; a rejection of it is handled by that. */
export function watch<Value>(promise: Promise<Value>): { readonly outcome: Outcome<Value> } {
  const watched: { outcome: Outcome<Value> } = { outcome: { status: "pending" } };
  promise.then(
    (value) => (watched.outcome = { status: "resolved", value }),
    (error: unknown) => (watched.outcome = { status: "rejected", error }),
  );
  return watched;
}
