/** The suites see faults: ports with one fault each fail some case, and every case is failed by some port. */
import type { ConformanceCase } from "@lockstep/testing/conformance";
import { describe, expect, it } from "vitest";
import { clockFaults, lifecycleFaults, timersFaults, transportFaults } from "./faults/own-ports.js";
import {
  activityFaults,
  channelFaults,
  lockFaults,
  presenceFaults,
  registerFaults,
  type Faults,
} from "./faults/shared-ports.js";

const suites: Readonly<Record<string, Faults>> = {
  lock: lockFaults(),
  channel: channelFaults(),
  presence: presenceFaults(),
  register: registerFaults(),
  activity: activityFaults(),
  lifecycle: lifecycleFaults(),
  timers: timersFaults(),
  clock: clockFaults(),
  transport: transportFaults(),
};

/** The titles of the cases that a port fails. */
async function failed(cases: readonly ConformanceCase[]): Promise<readonly string[]> {
  const titles: string[] = [];
  for (const { title, run } of cases) {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined) titles.push(title);
  }
  return titles;
}

describe.each(Object.entries(suites))("the suite of the %s port", (_, faults) => {
  it.each(Object.entries(faults))("sees one that %s", async (_, faulty) => {
    expect(await failed(faulty())).not.toEqual([]);
  });

  it("has no case that nothing can fail", async () => {
    const [first] = Object.values(faults);
    const seen = await Promise.all(Object.values(faults).map(async (faulty) => failed(faulty())));
    expect(
      first?.()
        .map(({ title }) => title)
        .filter((title) => !seen.flat().includes(title)),
    ).toEqual([]);
  });
});

describe("what a failed case says", () => {
  it("is what was looked at, what it was and what it should have been", async () => {
    const [first] = lockFaults()["grants nothing"]?.() ?? [];
    await expect(first?.run()).rejects.toThrow('what the lock said is [], and should be ["a granted"]');
  });
});
