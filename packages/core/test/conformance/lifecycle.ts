/** What the session needs to know of the page's life. */
import { describe, expect, it } from "vitest";
import type { LifecycleEvent, LifecyclePort } from "../../src/runtime/ports.js";

export interface LifecycleUnderTest {
  readonly lifecycle: LifecyclePort;
  hide(): void;
  show(): void;
}

export function describeLifecycleConformance(name: string, create: () => LifecycleUnderTest): void {
  describe(`R-053: ${name} tells the session what becomes of the page`, () => {
    it("hidden and shown again, and isVisible says the same", () => {
      const { lifecycle, hide, show } = create();
      const heard: LifecycleEvent[] = [];
      const detach = lifecycle.attach((event) => void heard.push(event));
      expect(lifecycle.isVisible()).toBe(true);
      hide();
      expect(lifecycle.isVisible()).toBe(false);
      show();
      expect(lifecycle.isVisible()).toBe(true);
      expect(heard).toEqual([{ type: "hidden" }, { type: "woke", cause: "shown" }]);
      detach();
    });

    it("nothing is told before attach and after detach", () => {
      const { lifecycle, hide, show } = create();
      const heard: LifecycleEvent[] = [];
      hide();
      const detach = lifecycle.attach((event) => void heard.push(event));
      detach();
      detach();
      show();
      expect(heard).toEqual([]);
    });

    it("two listeners do not take each other's events", () => {
      const { lifecycle, hide, show } = create();
      const heard: string[] = [];
      const first = lifecycle.attach(() => void heard.push("first"));
      const second = lifecycle.attach(() => void heard.push("second"));
      hide();
      first();
      show();
      second();
      expect(heard).toEqual(["first", "second", "second"]);
    });
  });
}
