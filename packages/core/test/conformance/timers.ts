/** What the session needs of timers. */
import { describe, expect, it, vi } from "vitest";
import type { TimersPort } from "../../src/runtime/ports.js";

export interface TimersUnderTest {
  readonly timers: TimersPort;
  pass(ms: number): Promise<unknown>;
}

export function describeTimersConformance(name: string, create: () => TimersUnderTest): void {
  describe(`R-060: ${name} fire when they are due`, () => {
    it.each([0, 1, 50, 60_000, 86_400_000, 86_400_001])(
      "a delay of %d ms is waited for, to the end",
      async (delayMs) => {
        const { timers, pass } = create();
        const fire = vi.fn<() => void>();
        timers.arm("a", delayMs, fire);
        expect(fire).not.toHaveBeenCalled();
        if (delayMs > 2) await pass(delayMs - 2);
        expect(fire).toHaveBeenCalledTimes(delayMs > 2 ? 0 : fire.mock.calls.length);
        await pass(3);
        expect(fire).toHaveBeenCalledTimes(1);
        await pass(200_000_000);
        expect(fire).toHaveBeenCalledTimes(1);
      },
    );

    it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5_000])(
      "Scenario 16: a delay of %d ms does not fire at once, and does fire",
      async (delayMs) => {
        const { timers, pass } = create();
        const fire = vi.fn<() => void>();
        timers.arm("a", delayMs, fire);
        await pass(delayMs - 10);
        expect(fire).not.toHaveBeenCalled();
        await pass(20);
        expect(fire).toHaveBeenCalledTimes(1);
      },
    );

    it("an infinite delay never fires, and can be cancelled", async () => {
      const { timers, pass } = create();
      const fire = vi.fn<() => void>();
      timers.arm("a", Infinity, fire);
      await pass(100 * 86_400_000);
      timers.cancel("a");
      expect(fire).not.toHaveBeenCalled();
    });

    it.each([-1, -Infinity, Number.NaN])(
      "a delay of %d fires soon and once: never is worse than now",
      async (delayMs) => {
        const { timers, pass } = create();
        const fire = vi.fn<() => void>();
        timers.arm("a", delayMs, fire);
        expect(fire).not.toHaveBeenCalled();
        await pass(2);
        await pass(86_400_000);
        expect(fire).toHaveBeenCalledTimes(1);
      },
    );

    it("arming a name again replaces its timer", async () => {
      const { timers, pass } = create();
      const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
      timers.arm("a", 100, first);
      timers.arm("a", 200, second);
      await pass(150);
      expect(second).not.toHaveBeenCalled();
      await pass(100);
      expect(first).not.toHaveBeenCalled();
      expect(second).toHaveBeenCalledTimes(1);
    });

    it("a timer may arm itself again", async () => {
      const { timers, pass } = create();
      let count = 0;
      const fire = (): void => {
        count += 1;
        if (count < 3) timers.arm("a", 100, fire);
      };
      timers.arm("a", 100, fire);
      await pass(1_000);
      expect(count).toBe(3);
    });

    it("names do not touch each other; cancelled ones never fire, also far ahead", async () => {
      const { timers, pass } = create();
      const [a, b, far] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
      timers.arm("a", 100, a);
      timers.arm("b", 100, b);
      timers.arm("far", 3 * 86_400_000, far);
      await pass(2 * 86_400_000);
      timers.cancel("far");
      timers.cancel("nobody");
      await pass(2 * 86_400_000);
      expect([a, b, far].map((fire) => fire.mock.calls.length)).toEqual([1, 1, 0]);
    });

    it("cancelAll leaves nothing", async () => {
      const { timers, pass } = create();
      const fire = vi.fn<() => void>();
      timers.arm("a", 100, fire);
      timers.arm("b", 2 ** 31, fire);
      timers.cancelAll();
      await pass(2 ** 32);
      expect(fire).not.toHaveBeenCalled();
    });
  });
}
