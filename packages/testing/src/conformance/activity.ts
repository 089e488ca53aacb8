/** What the session needs to know of the user's activity. */
import type { ActivityPort } from "@lockstep/core/internals";
import { between, equal } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface ActivityUnderTest extends Closable {
  /** Another tab of the same browser. */
  tab(): ActivityPort;
  /** The user does something, in every tab that is attached. */
  act(): void;
  pass(ms: number): void;
}

/** How exact the age has to be: tabs write it down so often at most. */
const granularityMs = 5_000;

export function activityConformance(create: () => ActivityUnderTest): readonly ConformanceCase[] {
  return casesOf("L10, how long ago the user did something", create, {
    "it is unknown where the user never did anything": ({ tab }) => {
      equal(tab().ageMs(), null, "the age");
    },

    "it grows while nothing happens": ({ tab, pass }) => {
      const a = tab();
      a.touch();
      equal(a.ageMs(), 0, "the age at once");
      pass(60_000);
      equal(a.ageMs(), 60_000, "the age after a minute");
    },

    "it is the same in every tab": ({ tab, act, pass }) => {
      const [a, b] = [tab(), tab()];
      const detach = a.attach(() => a.touch());
      act();
      pass(60_000);
      equal(b.ageMs(), a.ageMs(), "the age in the other tab");
      between(b.ageMs(), 60_000 - granularityMs, 60_000, "the age");
      detach();
    },

    "what the user does is heard of, until the tab detaches": ({ tab, act, pass }) => {
      const a = tab();
      let heard = 0;
      const detach = a.attach(() => {
        heard += 1;
        a.touch();
      });
      act();
      equal(heard, 1, "how often it was heard of");
      pass(60_000);
      act();
      equal(heard, 2, "how often it was heard of, a minute later");
      detach();
      pass(60_000);
      act();
      equal(heard, 2, "how often it was heard of after detaching");
    },

    "what the user does counts, a few seconds more or less": ({ tab, act, pass }) => {
      const a = tab();
      const detach = a.attach(() => a.touch());
      for (let minutes = 0; minutes < 10; minutes += 1) {
        pass(60_000);
        act();
        between(a.ageMs(), 0, granularityMs, "the age");
      }
      detach();
    },

    "nothing counts after detaching": ({ tab, act, pass }) => {
      const a = tab();
      const detach = a.attach(() => a.touch());
      act();
      detach();
      pass(60_000);
      act();
      between(a.ageMs(), 60_000 - granularityMs, 60_000, "the age");
    },

    "reading it is no activity": ({ tab, pass }) => {
      const a = tab();
      a.touch();
      for (let reads = 0; reads < 10; reads += 1) {
        pass(10_000);
        a.ageMs();
      }
      equal(a.ageMs(), 100_000, "the age");
    },
  });
}
