/** What a test has started is taken away however it ends: a run that is interrupted does not come to the test's `finally`. */
import { test as base } from "@playwright/test";

interface Fixtures {
  /** Closes what it is given when the test is over, the last first. */
  keep<Thing extends { close(): unknown }>(thing: Thing): Thing;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
  keep: async ({}, use) => {
    const kept: { close(): unknown }[] = [];
    await use((thing) => {
      kept.push(thing);
      return thing;
    });
    const failures: unknown[] = [];
    for (const thing of kept.toReversed()) {
      try {
        await thing.close();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Not everything could be closed.");
  },
});
