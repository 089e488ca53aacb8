/** Sessions that idle out, over whole days, with the real loop and a server that decides as the real one does. */
import { createFakeBrowser, watch, type FakeTab } from "@lockstep/testing";
import { describe, expect, it } from "vitest";

const minute = 60_000;
const hour = 60 * minute;
const statusOf = ({ runtime }: FakeTab): string => runtime.snapshot().status;
const rules = { lifetimeMs: 5 * minute, idleLifetimeMs: 8 * hour, absoluteLifetimeMs: 100 * hour };

describe("L11: who keeps a session alive", () => {
  it("a tab of an idle user never extends the session, over a simulated day", async () => {
    const browser = createFakeBrowser(rules);
    const visible = await browser.signedInTab("ada", { policy: { keepFresh: true } });
    const hidden = browser.openTab({ policy: { keepFresh: true } });
    hidden.lifecycle.hide();
    await browser.time.advance(1_000);
    for (let minutes = 0; minutes < 8 * 60; minutes += 10) {
      expect([statusOf(visible), statusOf(hidden)]).toEqual(["authenticated", "authenticated"]);
      await browser.time.advance(10 * minute);
      // What a page does by itself: it polls.
      for (const tab of [visible, hidden]) watch(tab.runtime.token(undefined));
    }
    expect(visible.runtime.snapshot()).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(hidden.runtime.snapshot()).toEqual({ status: "unauthenticated", reason: "idle" });
    const refreshes = browser.server.refreshes.length;
    expect(refreshes).toBeGreaterThan(90);
    await browser.time.advance(16 * hour);
    expect(browser.server.refreshes).toHaveLength(refreshes);
    expect(browser.server.signOuts).toHaveLength(1);
  });

  it("a user who does something every hour in any tab stays signed in in all, for days", async () => {
    const browser = createFakeBrowser(rules);
    const first = await browser.signedInTab();
    const second = browser.openTab();
    for (let hours = 0; hours < 72; hours += 1) {
      await browser.time.advance(hour);
      (hours % 2 === 0 ? first : second).activity.act();
    }
    for (const tab of [first, second]) expect(statusOf(tab)).toBe("authenticated");
  });

  it("who comes back after the limit has passed asleep is signed out, whatever they touch first", async () => {
    const browser = createFakeBrowser(rules);
    const tab = await browser.signedInTab();
    const other = browser.openTab();
    await browser.time.advance(minute);
    browser.time.sleep(10 * hour);
    tab.activity.act();
    expect(tab.runtime.snapshot()).toEqual({ status: "unauthenticated", reason: "idle" });
    other.activity.act();
    expect(other.runtime.snapshot()).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(browser.server.refreshes).toHaveLength(0);
  });

  it("what was done just before all tabs were hidden counts in full, for one refresh more", async () => {
    const browser = createFakeBrowser(rules);
    const tab = await browser.signedInTab();
    await browser.time.advance(3 * minute);
    tab.activity.act();
    tab.lifecycle.hide();
    await browser.time.advance(8 * hour - minute);
    expect(browser.server.refreshes).toHaveLength(1);
    tab.lifecycle.show();
    expect(statusOf(tab)).toBe("authenticated");
    expect(tab.runtime.snapshot()).toMatchObject({ warning: { reason: "idle" } });
  });

  it("`act()` takes a warning back in all tabs; the server hears of it", async () => {
    const browser = createFakeBrowser(rules);
    const first = await browser.signedInTab();
    const second = browser.openTab();
    await browser.time.advance(8 * hour - 30_000);
    for (const tab of [first, second])
      expect(tab.runtime.snapshot()).toMatchObject({ warning: { reason: "idle" } });
    second.runtime.act();
    await browser.time.advance(1_000);
    for (const tab of [first, second]) expect(tab.runtime.snapshot()).toMatchObject({ warning: null });
    expect(browser.server.refreshes.at(-1)?.activityAgeMs).toBeLessThan(1_000);
  });
});

describe("an extension", () => {
  it("is told when the session ends now, as far as the policy goes, and holds in the other tab", async () => {
    const browser = createFakeBrowser({ ...rules, idleLifetimeMs: hour, extensionLimitMs: 3 * hour });
    const first = await browser.signedInTab();
    const second = browser.openTab();
    await browser.time.advance(minute);
    const two = watch(first.runtime.extend(120));
    await browser.time.advance(1_000);
    expect(two.outcome).toMatchObject({ status: "resolved" });
    const longest = watch(second.runtime.extend(600));
    await browser.time.advance(1_000);
    const until = (longest.outcome as { readonly value: number }).value;
    expect(until - browser.time.wall()).toBeGreaterThan(3 * hour - 2_000);
    expect(until - browser.time.wall()).toBeLessThanOrEqual(3 * hour);
    await browser.time.advance(2.9 * hour);
    for (const tab of [first, second]) expect(statusOf(tab)).toBe("authenticated");
    await browser.time.advance(0.2 * hour);
    for (const tab of [first, second]) expect(statusOf(tab)).toBe("unauthenticated");
  });

  it("that is asked for while a shorter one is on its way is waited for to its own end", async () => {
    const browser = createFakeBrowser({ ...rules, idleLifetimeMs: hour, extensionLimitMs: 9 * hour });
    const tab = await browser.signedInTab();
    const short = watch(tab.runtime.extend(90));
    await browser.time.advance(10);
    const long = watch(tab.runtime.extend(300));
    await browser.time.advance(1_000);
    const hours = [short, long].map(({ outcome }) =>
      (((outcome as { readonly value: number }).value - browser.time.wall()) / hour).toFixed(1),
    );
    expect(hours).toEqual(["1.5", "5.0"]);
  });

  it("that the policy refuses is refused, and costs nothing", async () => {
    const browser = createFakeBrowser(rules);
    const tab = await browser.signedInTab();
    const asked = watch(tab.runtime.extend(5));
    await browser.time.advance(1_000);
    expect(asked.outcome).toMatchObject({ status: "rejected", error: { code: "refused" } });
    expect(tab.runtime.snapshot()).toMatchObject({ status: "authenticated", problem: null });
    expect(tab.runtime.peek()).not.toBeNull();
  });

  it.each([
    ["network", { code: "network" }],
    ["rate-limited", { code: "rate-limited", retryAfterMs: 5_000 }],
  ] as const)("that cannot be asked for (%s) is told so", async (code, trouble) => {
    const browser = createFakeBrowser({ ...rules, extensionLimitMs: hour });
    const tab = await browser.signedInTab();
    browser.server.trouble = trouble;
    const asked = watch(tab.runtime.extend(5));
    await browser.time.advance(1_000);
    expect(asked.outcome).toMatchObject({ status: "rejected", error: { code } });
  });

  it("of a session that has ended is turned away at once, and so is one that is asked for as it ends", async () => {
    const browser = createFakeBrowser({ ...rules, extensionLimitMs: hour });
    const tab = await browser.signedInTab();
    const under = watch(tab.runtime.extend(5));
    void tab.runtime.signOut("this");
    const after = watch(tab.runtime.extend(5));
    await browser.time.advance(0);
    for (const { outcome } of [under, after])
      expect(outcome).toMatchObject({ status: "rejected", error: { code: "unauthenticated" } });
  });
});
