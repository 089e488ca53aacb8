import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBrowserTimers } from "../../src/adapters/browser-timers.js";
import { createFakeBrowser, watch, type FakeBrowser, type FakeTab } from "@lockstep/testing";

const day = 86_400_000;

/** Opens a tab whose tokens live so long, one refresh ago. */
async function openWith(
  lifetimeMs: number,
): Promise<{ readonly browser: FakeBrowser; readonly tab: FakeTab }> {
  const browser = createFakeBrowser({ lifetimeMs });
  const tab = await browser.signedInTab();
  return { browser, tab };
}

describe("Scenario 16, L1: one lifetime costs one refresh, whatever the lifetime", () => {
  it.each([1_000, 2_000, 10_000, 60_000, 300_000, 3_600_000])("%d ms", async (lifetimeMs) => {
    const { browser, tab } = await openWith(lifetimeMs);
    await browser.time.advance(lifetimeMs * 20);
    const count = browser.server.refreshes.length;
    expect(count).toBeGreaterThanOrEqual(19);
    // A head start of at most a quarter of the lifetime, and the latency of the server.
    expect(count).toBeLessThanOrEqual(28);
    expect(tab.runtime.peek()).not.toBeNull();
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5_000, 400 * day])(
    "%d ms: not at once, and not never",
    async (lifetimeMs) => {
      const { browser } = await openWith(lifetimeMs);
      await browser.time.advance(lifetimeMs - 61_000);
      expect(browser.server.refreshes).toEqual([]);
      await browser.time.advance(61_000);
      expect(browser.server.refreshes).toHaveLength(1);
    },
  );

  it.each([1_000, 1_900, 2_100, 4_000])(
    "%d ms, with a server that takes two seconds to answer: no loop of refreshes",
    async (lifetimeMs) => {
      const { browser, tab } = await openWith(lifetimeMs);
      browser.server.latencyMs = 2_000;
      await browser.time.advance(60_000);
      expect(browser.server.refreshes.length).toBeLessThanOrEqual(28);
      expect(tab.runtime.snapshot().status).toBe("authenticated");
    },
  );

  it("L6: a token in hand is never one that the server would refuse, at any moment of many short lives", async () => {
    const { browser, tab } = await openWith(2_000);
    const taken: boolean[] = [];
    for (let moment = 0; moment < 500; moment += 1) {
      await browser.time.advance(37);
      const grant = tab.runtime.peek();
      if (grant !== null) taken.push(browser.server.accepts(grant.token));
    }
    expect(taken.length).toBeGreaterThan(400);
    expect(taken).not.toContain(false);
  });
});

describe("Scenario 16: with the timers of the platform, which keep an int32", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("a lifetime of thirty days does not fire at once", async () => {
    const browser = createFakeBrowser({ lifetimeMs: 30 * day });
    const timers = createBrowserTimers();
    const spy = vi.spyOn(globalThis, "setTimeout");
    const tab = browser.openTab({ ports: () => ({ timers }) });
    const signedIn = watch(tab.runtime.signIn(() => browser.server.logIn("ada")));
    for (let rounds = 0; rounds < 10; rounds += 1) {
      await browser.time.advance(0);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(signedIn.outcome.status).toBe("resolved");
    await vi.advanceTimersByTimeAsync(10 * day);
    expect(browser.server.refreshes).toEqual([]);
    for (const [, delayMs = 0] of spy.mock.calls) expect(delayMs).toBeLessThan(2 ** 31);
    tab.runtime.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("L1, scenario 10: who was refused a token that has been replaced meanwhile gets the new one, without a request", async () => {
  const { browser, tab } = await openWith(300_000);
  const refused = tab.runtime.peek();
  const refreshed = tab.runtime.refresh();
  await browser.time.advance(1_000);
  const newer = await refreshed;
  expect(newer).not.toBe(refused);
  expect(await tab.runtime.refresh(null, refused)).toBe(newer);
  expect(browser.server.refreshes).toHaveLength(1);
});
