/** Waiting for conditions, never for time: a limit only says when to give up. */

/** How often a condition is looked at. */
const roundMs = 10;

export interface UntilOptions {
  /** What is waited for, for the message when it does not come. */
  readonly what: string;
  readonly limitMs: number;
}

/**
 * Waits until `find` finds something.
 *
 * @throws When the limit has passed.
 */
export async function until<T>(
  find: () => T | undefined | false,
  { what, limitMs }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Waited ${limitMs / 1_000} s in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, roundMs));
  }
}

/** The promise's value. @throws When the limit has passed. */
export async function within<T>(promise: Promise<T>, { what, limitMs }: UntilOptions): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited ${limitMs / 1_000} s in vain for ${what}.`)),
    limitMs,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
