/** What the session needs to know of the page's life. */
import type { LifecycleEvent, LifecyclePort } from "@lockstep/core/internals";
import { equal } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface LifecycleUnderTest extends Closable {
  readonly lifecycle: LifecyclePort;
  hide(): void;
  show(): void;
}

export function lifecycleConformance(create: () => LifecycleUnderTest): readonly ConformanceCase[] {
  return casesOf("R-053, the life of a page", create, {
    "a page is hidden and shown again, and isVisible says the same": ({ lifecycle, hide, show }) => {
      const heard: LifecycleEvent[] = [];
      const detach = lifecycle.attach((event) => void heard.push(event));
      equal(lifecycle.isVisible(), true, "isVisible() at first");
      hide();
      equal(lifecycle.isVisible(), false, "isVisible() of a hidden page");
      show();
      equal(lifecycle.isVisible(), true, "isVisible() of a page shown again");
      detach();
      equal(heard, [{ type: "hidden" }, { type: "woke", cause: "shown" }], "what was told");
    },

    "nothing is told before attach and after detach": ({ lifecycle, hide, show }) => {
      const heard: LifecycleEvent[] = [];
      hide();
      const detach = lifecycle.attach((event) => void heard.push(event));
      detach();
      detach();
      show();
      equal(heard, [], "what was told");
    },

    "two listeners do not take each other's events": ({ lifecycle, hide, show }) => {
      const heard: string[] = [];
      const first = lifecycle.attach(() => void heard.push("first"));
      const second = lifecycle.attach(() => void heard.push("second"));
      hide();
      first();
      show();
      second();
      equal(heard, ["first", "second", "second"], "who was told");
    },
  });
}
