import { describe, expect, it } from "vitest";
import { createFakeBrowser, watch, type FakeBrowser, type FakeTab } from "@lockstep/testing";

async function openFive(): Promise<{ readonly browser: FakeBrowser; readonly tabs: readonly FakeTab[] }> {
  const browser = createFakeBrowser();
  const tabs = [await browser.signedInTab()];
  for (let count = 1; count < 5; count += 1) tabs.push(browser.openTab());
  await browser.time.advance(1_000);
  return { browser, tabs };
}

/** The pauses between attempts. */
function pauses(browser: FakeBrowser): number[] {
  const times = browser.server.refreshes.map(({ at }) => at);
  return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}

describe("Scenario 21, L10: ten minutes of outage, five tabs", () => {
  it.each(["network", "unavailable", "bad-answer"] as const)(
    "%s: the attempts of all tabs together follow one back-off, nobody is signed out, all recover",
    async (code) => {
      const { browser, tabs } = await openFive();
      await browser.time.advance(200_000);
      browser.server.trouble = { code };
      const outageFrom = browser.time.monotonic();
      await browser.time.advance(600_000);
      const attempts = browser.server.refreshes.filter(({ at }) => at >= outageFrom).length;
      // 1, 2, 4 … 32 seconds and then one a minute, each between half and whole: fourteen to thirty in ten minutes.
      expect(attempts).toBeGreaterThanOrEqual(10);
      expect(attempts).toBeLessThanOrEqual(30);
      for (const { runtime } of tabs)
        expect(runtime.snapshot()).toMatchObject({ status: "authenticated", problem: code });
      browser.server.trouble = null;
      await browser.time.advance(65_000);
      for (const { runtime } of tabs) {
        expect(runtime.snapshot()).toMatchObject({ status: "authenticated", problem: null });
        expect(runtime.peek()).not.toBeNull();
      }
      const recovered = browser.server.refreshes.length;
      await browser.time.advance(60_000);
      expect(browser.server.refreshes.length).toBe(recovered);
    },
  );

  it("the pauses grow, up to a minute, and never beyond", async () => {
    const { browser } = await openFive();
    await browser.time.advance(200_000);
    browser.server.trouble = { code: "unavailable" };
    await browser.time.advance(900_000);
    const all = pauses(browser);
    expect(Math.max(...all.slice(0, 2))).toBeLessThan(5_000);
    for (const pause of all.slice(7)) expect(pause).toBeGreaterThanOrEqual(29_000);
    for (const pause of all) expect(pause).toBeLessThanOrEqual(62_000);
  });

  it("while it lasts, callers in every tab are told so at once, and cost no request", async () => {
    const { browser, tabs } = await openFive();
    browser.server.trouble = { code: "unavailable", status: 503 };
    await browser.time.advance(330_000);
    const before = browser.server.refreshes.length;
    const calls = tabs.flatMap(({ runtime }) =>
      Array.from({ length: 20 }, () => watch(runtime.token(undefined))),
    );
    await browser.time.advance(0);
    for (const { outcome } of calls) expect(outcome).toMatchObject({ error: { code: "unavailable" } });
    expect(browser.server.refreshes.length).toBe(before);
    for (const { outcome } of calls) {
      const { error } = outcome as { readonly error?: { readonly retryAfterMs?: number } };
      expect(error?.retryAfterMs).toBeGreaterThan(0);
    }
  });

  it("Scenario 20: down at page load: loading and not signed out, and it recovers by itself", async () => {
    const { browser, tabs } = await openFive();
    for (const tab of tabs) tab.crash();
    browser.server.trouble = { code: "network" };
    const { runtime } = browser.openTab();
    await browser.time.advance(30_000);
    expect(runtime.snapshot()).toEqual({ status: "loading", problem: "network" });
    browser.server.trouble = null;
    await browser.time.advance(65_000);
    expect(runtime.snapshot()).toMatchObject({ status: "authenticated", problem: null });
  });
});

describe("Scenario 17: Retry-After is heeded by all tabs", () => {
  it("no tab tries before the server's wish is over, not even one that is opened meanwhile", async () => {
    const { browser, tabs } = await openFive();
    browser.server.trouble = { code: "rate-limited", status: 429, retryAfterMs: 120_000 };
    await browser.time.advance(310_000);
    const first = browser.server.refreshes[0]?.at ?? 0;
    const fresh = browser.openTab();
    const asked = watch(fresh.runtime.token(undefined));
    await browser.time.advance(10_000);
    expect(asked.outcome).toMatchObject({ error: { code: "rate-limited" } });
    for (const { runtime } of tabs) expect(runtime.snapshot()).toMatchObject({ status: "authenticated" });
    browser.server.trouble = null;
    await browser.time.advance(300_000);
    expect(browser.server.refreshes[1]?.at).toBeGreaterThanOrEqual(first + 120_000);
    for (const { runtime } of [...tabs, fresh]) expect(runtime.peek()).not.toBeNull();
  });

  it("callers are told when the next try is due", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    browser.server.trouble = { code: "rate-limited", status: 429, retryAfterMs: 90_000 };
    const refreshed = watch(runtime.refresh());
    await browser.time.advance(1_000);
    const { outcome } = refreshed as {
      readonly outcome: { readonly error?: { readonly retryAfterMs?: number } };
    };
    expect(outcome).toMatchObject({ error: { name: "SessionError", code: "rate-limited", status: 429 } });
    expect(outcome.error?.retryAfterMs).toBeGreaterThanOrEqual(90_000);
  });

  it("a wish beyond a day is believed for a day", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    browser.server.trouble = { code: "unavailable", status: 503, retryAfterMs: Infinity };
    void runtime.refresh().catch(() => undefined);
    await browser.time.advance(1_000);
    browser.server.trouble = null;
    await browser.time.advance(25 * 3_600_000);
    expect(browser.server.refreshes.length).toBeGreaterThan(1);
    expect(runtime.peek()).not.toBeNull();
  });
});

describe("L10: nobody waits for nobody", () => {
  it("a lone tab waits for no sibling: its refresh goes out at once", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const before = browser.time.monotonic();
    void tab.runtime.refresh();
    await browser.time.advance(1_000);
    expect(browser.server.refreshes.map(({ at }) => at - before)).toEqual([0]);
  });

  it("a lone tab that is reloaded waits for no sibling either", async () => {
    const browser = createFakeBrowser();
    (await browser.signedInTab()).crash();
    await browser.time.advance(1_000);
    const before = browser.time.monotonic();
    browser.openTab();
    await browser.time.advance(1_000);
    expect(browser.server.refreshes.map(({ at }) => at - before)).toEqual([0]);
  });

  it("Scenario 32: an anonymous visitor costs no request at all", async () => {
    const browser = createFakeBrowser();
    const tabs = [browser.openTab(), browser.openTab()];
    const asked = tabs.map(({ runtime }) => watch(runtime.token(undefined)));
    await browser.time.advance(3_600_000);
    for (const { outcome } of asked)
      expect(outcome).toMatchObject({ error: { code: "unauthenticated", reason: "no-session" } });
    expect(browser.server.refreshes).toEqual([]);
    expect(browser.server.signOuts).toEqual([]);
  });

  it("C8, scenario 2: fifty tabs that wake together cost one request, and all get its token", async () => {
    const browser = createFakeBrowser();
    const tabs = [await browser.signedInTab()];
    while (tabs.length < 50) tabs.push(browser.openTab());
    await browser.time.advance(1_000);
    browser.time.sleep(3_600_000);
    for (const { lifecycle } of tabs) lifecycle.show();
    const asked = tabs.map(({ runtime }) => watch(runtime.token(undefined)));
    await browser.time.advance(5_000);
    expect(browser.server.refreshes).toHaveLength(1);
    for (const { outcome } of asked)
      expect(outcome).toMatchObject({ status: "resolved", value: { revision: 2 } });
  });
});
