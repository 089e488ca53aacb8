/** What the session needs to know of the user's activity. */
import { describe, expect, it } from "vitest";
import type { ActivityPort } from "../../src/runtime/ports.js";

export interface ActivityUnderTest {
  /** Another tab of the same browser. */
  tab(): ActivityPort;
  /** The user does something, in every tab that is attached. */
  act(): void;
  pass(ms: number): void;
}

/** How exact the age has to be: tabs write it down so often at most. */
const granularityMs = 5_000;

export function describeActivityConformance(name: string, create: () => ActivityUnderTest): void {
  describe(`L10: ${name} tells when the user last did something`, () => {
    it("is unknown where the user never did anything", () => {
      expect(create().tab().ageMs()).toBeNull();
    });

    it("grows while nothing happens", () => {
      const { tab, pass } = create();
      const a = tab();
      a.touch();
      expect(a.ageMs()).toBe(0);
      pass(60_000);
      expect(a.ageMs()).toBe(60_000);
    });

    it("is the same in every tab", () => {
      const { tab, act, pass } = create();
      const [a, b] = [tab(), tab()];
      const detach = a.attach();
      act();
      pass(60_000);
      expect(b.ageMs()).toBe(a.ageMs());
      expect(b.ageMs()).toBeGreaterThanOrEqual(60_000 - granularityMs);
      detach();
    });

    it("counts what the user does, a few seconds more or less", () => {
      const { tab, act, pass } = create();
      const a = tab();
      const detach = a.attach();
      for (let minutes = 0; minutes < 10; minutes += 1) {
        pass(60_000);
        act();
        expect(a.ageMs()).toBeLessThanOrEqual(granularityMs);
      }
      detach();
    });

    it("counts nothing after detaching", () => {
      const { tab, act, pass } = create();
      const a = tab();
      const detach = a.attach();
      act();
      detach();
      pass(60_000);
      act();
      expect(a.ageMs()).toBeGreaterThanOrEqual(60_000 - granularityMs);
    });

    it("reading it is no activity", () => {
      const { tab, pass } = create();
      const a = tab();
      a.touch();
      for (let reads = 0; reads < 10; reads += 1) {
        pass(10_000);
        a.ageMs();
      }
      expect(a.ageMs()).toBe(100_000);
    });
  });
}
