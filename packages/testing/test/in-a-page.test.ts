/** @vitest-environment happy-dom */
import { createTestSession } from "@lockstep/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

const ada = { id: "ada", name: "Ada" };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("a test session where there is a page", () => {
  it("gives the token to the page's own origin, by relative addresses too", async () => {
    const { session } = createTestSession({ user: ada });
    const response = await session.fetch("/api/me");
    expect(await response.json()).toEqual({ user: ada });
  });

  it("touches nothing of the page", async () => {
    const spies = [
      vi.spyOn(globalThis, "fetch"),
      vi.spyOn(globalThis, "setTimeout"),
      vi.spyOn(window, "addEventListener"),
      vi.spyOn(document, "addEventListener"),
    ];
    const { session, clock, openTab } = createTestSession({ user: ada });
    await session.ready();
    await clock.advance(600_000);
    await openTab().session.signOut();
    expect([document.cookie, localStorage.length]).toEqual(["", 0]);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it("does without what jest hides from its DOM environments", async () => {
    vi.stubGlobal("MessageChannel", undefined);
    vi.stubGlobal("structuredClone", undefined);
    const { session, clock, openTab } = createTestSession({ user: ada });
    await session.ready();
    await clock.advance(600_000);
    await openTab().session.signOut();
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
  });

  it("works under the fake timers of the runner", async () => {
    vi.useFakeTimers();
    const { session, clock } = createTestSession({ user: ada });
    await session.ready();
    const before = await session.getAccessToken();
    await clock.advance(300_000);
    expect(await session.getAccessToken()).not.toBe(before);
    vi.useRealTimers();
  });
});
