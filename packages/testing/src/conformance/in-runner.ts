/** The cases in a test runner. */
import type { ConformanceCase } from "./conformance-case.js";

/** What vitest, jest, mocha and `node:test` have in common. */
export interface TestRunner {
  readonly describe: (name: string, declare: () => void) => unknown;
  readonly it: (title: string, run: () => Promise<void>) => unknown;
}

/**
 * Declares each case as a test.
 *
 * @example
 * ```ts
 * import { describe, it } from "vitest";
 * import { createMemoryLock } from "@lockstep/testing";
 * import { describeConformance, lockConformance } from "@lockstep/testing/conformance";
 *
 * const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
 * const cases = lockConformance(() => ({ ...createMemoryLock(), settle }));
 * describeConformance({ describe, it }, "the lock in memory", cases);
 * ```
 */
export function describeConformance(
  { describe, it }: TestRunner,
  name: string,
  cases: readonly ConformanceCase[],
): void {
  describe(`${name}, as its port promises`, () => {
    for (const { title, run } of cases) it(title, run);
  });
}
