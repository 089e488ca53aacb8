import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeConformance, timersConformance } from "@lockstep/testing/conformance";
import { createBrowserTimers } from "../../src/adapters/browser-timers.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describeConformance(
  { describe, it },
  "browser timers",
  timersConformance(() => ({
    timers: createBrowserTimers(),
    now: () => Date.now(),
    pass: async (ms) => vi.advanceTimersByTimeAsync(ms),
  })),
);

describe("R-060: browser timers and the platform", () => {
  it("setTimeout is never given what it cannot keep, an int32", async () => {
    const spy = vi.spyOn(globalThis, "setTimeout");
    const timers = createBrowserTimers();
    for (const delayMs of [2 ** 31, 2 ** 40, Infinity, -1, -Infinity])
      timers.arm(`${delayMs}`, delayMs, () => undefined);
    await vi.advanceTimersByTimeAsync(40 * 86_400_000);
    for (const [, delayMs = -1] of spy.mock.calls) {
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThan(2 ** 31);
    }
    timers.cancelAll();
    expect(vi.getTimerCount()).toBe(0);
  });
});
