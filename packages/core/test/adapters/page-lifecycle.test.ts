// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeConformance, lifecycleConformance } from "@lockstep/testing/conformance";
import { createPageLifecycle } from "../../src/adapters/page-lifecycle.js";
import type { LifecycleEvent } from "../../src/runtime/ports.js";

let visibility: DocumentVisibilityState = "visible";
beforeEach(() => {
  visibility = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
});
afterEach(() => void vi.restoreAllMocks());

function turn(to: DocumentVisibilityState): void {
  visibility = to;
  document.dispatchEvent(new Event("visibilitychange"));
}

function pageEvent(type: string, persisted: boolean): Event {
  return Object.assign(new Event(type), { persisted });
}

describeConformance(
  { describe, it },
  "the page's life",
  lifecycleConformance(() => ({
    lifecycle: createPageLifecycle(),
    hide: () => turn("hidden"),
    show: () => turn("visible"),
  })),
);

/** What the session hears of what `happen` does. */
function heardOf(happen: () => void): LifecycleEvent[] {
  const heard: LifecycleEvent[] = [];
  const detach = createPageLifecycle().attach((event) => void heard.push(event));
  happen();
  detach();
  return heard;
}

describe("R-053, R-016: what happens to a page is told as it is", () => {
  const cases: readonly (readonly [string, () => unknown, readonly LifecycleEvent[]])[] = [
    ["it is focused", () => window.dispatchEvent(new Event("focus")), [{ type: "woke", cause: "focused" }]],
    [
      "the network is back",
      () => window.dispatchEvent(new Event("online")),
      [{ type: "woke", cause: "online" }],
    ],
    [
      "it is left for good",
      () => window.dispatchEvent(pageEvent("pagehide", false)),
      [{ type: "suspended", cause: "left" }],
    ],
    [
      "it goes to the back/forward cache",
      () => window.dispatchEvent(pageEvent("pagehide", true)),
      [{ type: "suspended", cause: "left" }],
    ],
    [
      "it comes back from the back/forward cache",
      () => window.dispatchEvent(pageEvent("pageshow", true)),
      [
        { type: "woke", cause: "restored" },
        { type: "woke", cause: "shown" },
      ],
    ],
    ["it is shown for the first time", () => window.dispatchEvent(pageEvent("pageshow", false)), []],
    [
      "it is frozen",
      () => document.dispatchEvent(new Event("freeze")),
      [{ type: "suspended", cause: "frozen" }],
    ],
    [
      "it is thawed",
      () => document.dispatchEvent(new Event("resume")),
      [
        { type: "woke", cause: "resumed" },
        { type: "woke", cause: "shown" },
      ],
    ],
    ["it goes offline, which is a rumour (R-064)", () => window.dispatchEvent(new Event("offline")), []],
    ["it loses the focus", () => window.dispatchEvent(new Event("blur")), []],
  ];

  it.each(cases)("%s", (_, happen, expected) => {
    expect(heardOf(() => void happen())).toEqual(expected);
  });

  it("a page thawed or restored in the background is not taken for a visible one", () => {
    visibility = "hidden";
    const thawed = heardOf(() => void document.dispatchEvent(new Event("resume")));
    const restored = heardOf(() => void window.dispatchEvent(pageEvent("pageshow", true)));
    expect(thawed).toEqual([{ type: "woke", cause: "resumed" }, { type: "hidden" }]);
    expect(restored).toEqual([{ type: "woke", cause: "restored" }, { type: "hidden" }]);
  });

  it("L9: the session hears of it before the application's own listeners do", () => {
    const order: string[] = [];
    const listener = (): void => void order.push("application");
    document.addEventListener("visibilitychange", listener);
    const detach = createPageLifecycle().attach(() => void order.push("session"));
    turn("hidden");
    document.removeEventListener("visibilitychange", listener);
    detach();
    expect(order).toEqual(["session", "application"]);
  });
});

describe("R-063: the listeners", () => {
  it("none is for unload or beforeunload, which cost the back/forward cache", () => {
    const spies = [vi.spyOn(window, "addEventListener"), vi.spyOn(Document.prototype, "addEventListener")];
    heardOf(() => undefined);
    const types = spies.flatMap((spy) => spy.mock.calls.map(([type]) => type));
    expect(types.length).toBeGreaterThan(5);
    expect(types).not.toContain("unload");
    expect(types).not.toContain("beforeunload");
  });

  it("an element named `addEventListener` keeps none from being added (DOM clobbering)", () => {
    Object.defineProperty(document, "addEventListener", {
      configurable: true,
      value: document.createElement("img"),
    });
    const heard: LifecycleEvent[] = [];
    const detach = createPageLifecycle().attach((event) => void heard.push(event));
    Reflect.deleteProperty(document, "addEventListener");
    document.dispatchEvent(new Event("resume"));
    expect(heard).toContainEqual({ type: "woke", cause: "resumed" });
    detach();
  });

  it("none is left after detaching, not one", () => {
    const events = ["visibilitychange", "freeze", "resume"];
    const windowEvents = ["focus", "online", "pagehide", "pageshow"];
    const heard: LifecycleEvent[] = [];
    createPageLifecycle().attach((event) => void heard.push(event))();
    for (const type of events) document.dispatchEvent(new Event(type));
    for (const type of windowEvents) window.dispatchEvent(pageEvent(type, true));
    expect(heard).toEqual([]);
  });
});
