// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { activityConformance, describeConformance } from "@lockstep/testing/conformance";
import { createUserActivity } from "../../src/adapters/user-activity.js";

function open() {
  let at = 1_000;
  let offset = 1_800_000_000_000;
  const clock = { now: () => at, wall: () => at + offset };
  return {
    tab: () => createUserActivity("lockstep", clock),
    act: () => void window.dispatchEvent(new Event("pointerdown")),
    pass: (ms: number) => void (at += ms),
    stepWall: (ms: number) => void (offset += ms),
  };
}

beforeEach(() => localStorage.clear());
afterEach(() => void vi.unstubAllGlobals());

describeConformance({ describe, it }, "the user's activity on the page", activityConformance(open));

describe("Scenario 33: what counts as activity", () => {
  it.each(["pointermove", "pointerdown", "keydown", "wheel", "touchmove"])("%s does", (type) => {
    const { tab, pass } = open();
    const activity = tab();
    const detach = activity.attach(() => activity.touch());
    pass(10_000);
    window.dispatchEvent(new Event(type));
    expect(activity.ageMs()).toBe(0);
    detach();
  });

  it.each(["mousemove", "focus", "scroll", "visibilitychange", "online", "message", "storage"])(
    "%s does not",
    (type) => {
      const activity = open().tab();
      const detach = activity.attach(() => activity.touch());
      window.dispatchEvent(new Event(type));
      document.dispatchEvent(new Event(type, { bubbles: true }));
      expect(activity.ageMs()).toBeNull();
      detach();
    },
  );

  it("R-063: no listener for unload is among them, none blocks scrolling, all go when detached", () => {
    const spy = vi.spyOn(window, "addEventListener");
    const detach = open()
      .tab()
      .attach(() => undefined);
    for (const [type, , options] of spy.mock.calls) {
      expect(type).not.toMatch(/unload/);
      expect(options).toMatchObject({ passive: true });
    }
    spy.mockRestore();
    detach();
  });
});

describe("Scenario 28: activity where storage is of no use", () => {
  it("storage throws: this tab's own activity still counts", () => {
    const refuse = (): never => {
      throw new DOMException("No.", "SecurityError");
    };
    vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
    const { tab, pass } = open();
    const activity = tab();
    expect(activity.ageMs()).toBeNull();
    activity.touch();
    pass(1_000);
    expect(activity.ageMs()).toBe(1_000);
  });

  it.each(["", "x", "NaN", "Infinity", "-5", "{}", "1e400"])(
    "storage holds %j: as if nothing were there",
    (text) => {
      localStorage.setItem("lockstep-activity", text);
      const { tab } = open();
      expect(tab().ageMs()).toBeNull();
    },
  );
});

describe("R-061: activity and a wall clock that is stepped", () => {
  it("a clock stepped back does not make a user who is idle look active", () => {
    const { tab, pass, stepWall } = open();
    const activity = tab();
    activity.touch();
    stepWall(-2 * 3_600_000);
    pass(3_600_000);
    expect(activity.ageMs()).toBeGreaterThanOrEqual(3_600_000);
  });

  it("after a clock was stepped back, what the user does counts at once", () => {
    const { tab, act, pass, stepWall } = open();
    const activity = tab();
    const detach = activity.attach(() => activity.touch());
    act();
    stepWall(-2 * 3_600_000);
    pass(60_000);
    act();
    pass(10_000);
    expect(activity.ageMs()).toBe(10_000);
    detach();
  });

  it("the age is never negative", () => {
    const { tab, stepWall } = open();
    const activity = tab();
    activity.touch();
    stepWall(-1_000);
    expect(activity.ageMs()).toBeGreaterThanOrEqual(0);
  });
});
