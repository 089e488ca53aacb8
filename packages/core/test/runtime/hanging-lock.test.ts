import { describe, expect, it } from "vitest";
import { createFakeBrowser, watch } from "@lockstep/testing";

const ignore = (): void => undefined;

describe("L7: a lock that somebody holds for ever", () => {
  it.each([
    [2, "on this host"],
    [5, "on this host"],
    [20, "on this host"],
    [100, "on this host"],
    [100, "on another host"],
  ])("is taken from them once, by one of %d tabs, for all: endpoint %s", async (count, endpoint) => {
    const browser = createFakeBrowser();
    if (endpoint === "on another host") browser.register.mark = "unreadable";
    const tabs = [await browser.signedInTab("ada")];
    while (tabs.length < count) tabs.push(browser.openTab());
    await browser.time.advance(1_000);
    browser.blankTab().boot().ports.lock.request(false, { granted: ignore, refused: ignore, stolen: ignore });

    const refreshes = [];
    for (const { runtime } of tabs) {
      refreshes.push(watch(runtime.refresh()));
      // So that at any time somebody has just waited for long enough.
      await browser.time.advance(3_000 / count);
    }
    await browser.time.advance(10_000);
    for (const { outcome } of refreshes) expect(outcome.status).toBe("resolved");
    expect(browser.server.refreshes).toHaveLength(1);
  });
});
