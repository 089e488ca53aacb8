import { describe, expect, it } from "vitest";
import { createFakeBrowser, watch, type FakeBrowser, type FakeTab } from "@lockstep/testing";

const hour = 3_600_000;

/** Asks for a token every `stepMs`, and expects each to be one that the server takes. */
async function ask(
  browser: FakeBrowser,
  tabs: readonly FakeTab[],
  durationMs: number,
  stepMs: number,
): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += stepMs) {
    await browser.time.advance(stepMs);
    for (const { runtime } of tabs) {
      const asked = watch(runtime.token(undefined));
      await browser.time.advance(200);
      expect(asked.outcome.status).toBe("resolved");
      if (asked.outcome.status === "resolved")
        expect(browser.server.accepts(asked.outcome.value.token)).toBe(true);
    }
  }
}

describe("Scenario 12, L6: a client clock that is wrong, or is stepped while tabs are open", () => {
  it.each([
    ["65 minutes fast", 65 * 60_000],
    ["2 hours slow", -2 * hour],
    ["a day fast", 24 * hour],
    ["a year slow", -8_766 * hour],
  ])("%s from the start: one refresh a lifetime, no expired token", async (_, offMs) => {
    const browser = createFakeBrowser();
    browser.time.step(offMs);
    const tabs = [await browser.signedInTab(), browser.openTab()];
    await ask(browser, tabs, hour, 30_000);
    expect(browser.server.refreshes.length).toBeLessThanOrEqual(17);
  });

  it.each([
    ["65 minutes forward", 65 * 60_000],
    ["2 hours back", -2 * hour],
    ["a second forward", 1_000],
    ["half a second back", -500],
    ["a year forward", 8_766 * hour],
    ["a year back", -8_766 * hour],
  ])("stepped by %s: at most one refresh more, no expired token, nobody signed out", async (_, stepMs) => {
    const browser = createFakeBrowser();
    const tabs = [await browser.signedInTab(), browser.openTab()];
    await ask(browser, tabs, 100_000, 20_000);
    const before = browser.server.refreshes.length;
    browser.time.step(stepMs);
    await ask(browser, tabs, 100_000, 20_000);
    expect(browser.server.refreshes.length - before).toBeLessThanOrEqual(2);
    for (const { runtime } of tabs) expect(runtime.snapshot().status).toBe("authenticated");
    await ask(browser, tabs, hour, 60_000);
    expect(browser.server.refreshes.length - before).toBeLessThanOrEqual(19);
  });

  it("stepped to and fro every ten seconds: no storm, and no expired token", async () => {
    const browser = createFakeBrowser();
    const tabs = [await browser.signedInTab(), browser.openTab()];
    for (let steps = 0; steps < 30; steps += 1) {
      browser.time.step(steps % 2 === 0 ? -hour : hour);
      await ask(browser, tabs, 10_000, 10_000);
    }
    expect(browser.server.refreshes.length).toBeLessThanOrEqual(31);
  });

  it.each([0, 1, 25, 49])(
    "stepped back by the time that passed since anybody looked, but for %d ms: no expired token is handed out",
    async (slackMs) => {
      const browser = createFakeBrowser();
      const { runtime, lifecycle, inspected } = await browser.signedInTab();
      lifecycle.hide();
      await browser.time.advance(400_000);
      browser.time.step(slackMs - (browser.time.monotonic() - (inspected.at(-1)?.at ?? 0)));
      const asked = watch(runtime.token(undefined));
      await browser.time.advance(5_000);
      expect(asked.outcome.status === "resolved" && browser.server.accepts(asked.outcome.value.token)).toBe(
        true,
      );
    },
  );

  it("Scenario 13, L9: a sign-out after the clock was stepped back is heard by older tabs", async () => {
    const browser = createFakeBrowser();
    const older = await browser.signedInTab();
    await browser.time.advance(1_000);
    browser.time.step(-3 * hour);
    const newer = browser.openTab();
    await browser.time.advance(1_000);
    void newer.runtime.signOut("this");
    await browser.time.advance(1_000);
    expect(older.runtime.snapshot()).toMatchObject({
      status: "unauthenticated",
      reason: "signed-out-elsewhere",
    });
  });
});

describe("Scenario 14, L6: sleep", () => {
  it("overnight: on wake one refresh before the first token, in all tabs together", async () => {
    const browser = createFakeBrowser();
    const tabs = [await browser.signedInTab(), browser.openTab(), browser.openTab()];
    await browser.time.advance(1_000);
    browser.time.sleep(8 * hour);
    const asked = tabs.map(({ runtime }) => watch(runtime.token(undefined)));
    for (const { runtime } of tabs) expect(runtime.peek()).toBeNull();
    await browser.time.advance(5_000);
    for (const { outcome } of asked)
      expect(outcome.status === "resolved" && browser.server.accepts(outcome.value.token)).toBe(true);
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("without anybody asking: the tab that is seen refreshes, once", async () => {
    const browser = createFakeBrowser();
    const tabs = [await browser.signedInTab(), browser.openTab()];
    await browser.time.advance(1_000);
    for (const { lifecycle } of tabs) lifecycle.hide();
    browser.time.sleep(8 * hour);
    await browser.time.advance(400_000);
    expect(browser.server.refreshes).toEqual([]);
    tabs[0]?.lifecycle.show();
    await browser.time.advance(5_000);
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("the session ended meanwhile: signed out with the server's reason, with one request", async () => {
    const browser = createFakeBrowser();
    const tabs = [await browser.signedInTab(), browser.openTab()];
    await browser.time.advance(1_000);
    browser.server.script = () => ({ kind: "ended", reason: "idle" });
    browser.time.sleep(8 * hour);
    for (const { lifecycle } of tabs) lifecycle.show();
    await browser.time.advance(5_000);
    for (const { runtime } of tabs)
      expect(runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "idle" });
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("Scenario 15: due while hidden and skipped; who returns with seconds of validity left gets a good token", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    tab.lifecycle.hide();
    await browser.time.advance(290_000);
    expect(browser.server.refreshes).toEqual([]);
    tab.lifecycle.show();
    await ask(browser, [tab], 20_000, 1_000);
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("Scenario 33: what the server is told of activity is how long ago it was", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    await browser.time.advance(10_000);
    tab.activity.act();
    await browser.time.advance(300_000);
    const [first] = browser.server.refreshes;
    expect(first?.activityAgeMs).toBeCloseTo((first?.at ?? 0) - 11_000, 1);
  });
});
