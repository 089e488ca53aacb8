import { describe, expect, it } from "vitest";
import { createFakeBrowser, watch } from "@lockstep/testing";

describe("L3: sign-out holds, here and in every tab", () => {
  it("at once: before signOut() returns no token is handed out any more", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    void runtime.signOut("this");
    expect(runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "signed-out" });
    expect(runtime.peek()).toBeNull();
    const token = watch(runtime.token(undefined));
    await browser.time.advance(0);
    expect(token.outcome).toMatchObject({ error: { code: "unauthenticated", reason: "signed-out" } });
    expect(browser.register.record).toMatchObject({ status: "out" });
  });

  it("Scenario 26b: the other tabs know from the message alone, and ask the server nothing", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const others = Array.from({ length: 20 }, () => browser.openTab());
    await browser.time.advance(1_000);
    const promise = watch(tab.runtime.signOut("this"));
    await browser.time.advance(60_000);
    expect(promise.outcome).toEqual({ status: "resolved", value: { revoked: true } });
    for (const { runtime } of others)
      expect(runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "signed-out-elsewhere" });
    expect(browser.server.refreshes).toEqual([]);
    expect(browser.server.signOuts).toHaveLength(1);
  });

  it("Scenario 26b: the other tabs know within milliseconds, also while the server says nothing", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const others = Array.from({ length: 3 }, () => browser.openTab());
    await browser.time.advance(1_000);
    browser.server.trouble = "silence";
    void tab.runtime.signOut("this");
    await browser.time.advance(10);
    for (const { runtime } of others) expect(runtime.snapshot().status).toBe("unauthenticated");
  });

  it("L9: a tab that hears no message hands out nothing either, from the next look at the register on", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const deaf = browser.openTab();
    await browser.time.advance(1_000);
    expect(deaf.runtime.peek()).not.toBeNull();
    deaf.hears = false;
    void tab.runtime.signOut("this");
    await browser.time.advance(50);
    expect(deaf.runtime.peek()).toBeNull();
  });

  it("Scenario 22: a refresh in flight, here or in another tab, restores nothing", async () => {
    const browser = createFakeBrowser();
    const [tab, other] = [await browser.signedInTab(), browser.openTab()];
    await browser.time.advance(1_000);
    browser.server.latencyMs = 2_000;
    const refreshed = watch(other.runtime.refresh());
    await browser.time.advance(500);
    void tab.runtime.signOut("this");
    await browser.time.advance(60_000);
    expect(refreshed.outcome).toMatchObject({ error: { code: "unauthenticated" } });
    for (const { runtime } of [tab, other]) expect(runtime.snapshot().status).toBe("unauthenticated");
    expect(browser.register.mark).toBeNull();
  });

  it("Scenario 24: offline, every tab is signed out; a reload stays signed out, and the revocation goes out before anything else", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const other = browser.openTab();
    await browser.time.advance(1_000);
    browser.server.trouble = { code: "network" };
    const promise = watch(tab.runtime.signOut("this"));
    await browser.time.advance(2_000);
    expect(promise.outcome).toEqual({ status: "resolved", value: { revoked: false } });
    expect(other.runtime.snapshot()).toMatchObject({ reason: "signed-out-elsewhere" });
    tab.crash();
    other.crash();
    const reloaded = browser.openTab();
    expect(reloaded.runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "signed-out" });
    await browser.time.advance(10_000);
    browser.server.trouble = null;
    reloaded.lifecycle.emit({ type: "woke", cause: "online" });
    await browser.time.advance(120_000);
    expect(browser.register.record).toMatchObject({ status: "out", pending: null });
    expect(browser.register.mark).toBeNull();
    expect(browser.server.refreshes).toEqual([]);
  });

  it("Scenario 24: whoever signs in after an offline sign-out waits for the revocation, which goes out first", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada");
    browser.server.trouble = { code: "network" };
    void tab.runtime.signOut("all");
    await browser.time.advance(1_000);
    tab.crash();
    const reloaded = browser.openTab();
    await browser.time.advance(125_000);
    browser.server.trouble = null;
    await browser.time.advance(65_000);
    const order: string[] = [];
    expect(browser.server.signOuts.at(-1)?.scope).toBe("all");
    if (browser.register.mark === null) order.push("revoked");
    const signedIn = watch(reloaded.runtime.signIn(() => browser.server.logIn("bob")));
    await browser.time.advance(1_000);
    expect(signedIn.outcome).toMatchObject({ value: { user: { id: "bob" } } });
    expect(order).toEqual(["revoked"]);
  });

  it("Scenario 27: the server answers 500: signed out here, and the revocation is tried again until it is confirmed", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    browser.server.trouble = { code: "unavailable", status: 500 };
    const promise = watch(tab.runtime.signOut("this"));
    await browser.time.advance(60_000);
    expect(promise.outcome).toEqual({ status: "resolved", value: { revoked: false } });
    expect(browser.server.signOuts.length).toBeGreaterThan(2);
    browser.server.trouble = null;
    await browser.time.advance(120_000);
    expect(browser.register.record).toMatchObject({ status: "out", pending: null });
  });
});

describe("signOut: scopes and repetition", () => {
  it("`others` leaves this tab signed in, and says when the server could not be told", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    const done = watch(runtime.signOut("others"));
    await browser.time.advance(100);
    expect(done.outcome).toEqual({ status: "resolved", value: { revoked: true } });
    expect(runtime.snapshot().status).toBe("authenticated");
    browser.server.trouble = { code: "rate-limited", status: 429, retryAfterMs: 5_000 };
    const failed = watch(runtime.signOut("others"));
    await browser.time.advance(100);
    expect(failed.outcome).toMatchObject({
      error: { code: "rate-limited", status: 429, retryAfterMs: 5_000 },
    });
    expect(runtime.snapshot().status).toBe("authenticated");
  });

  it("twice is once", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    const promises = [watch(runtime.signOut("this")), watch(runtime.signOut("this"))];
    await browser.time.advance(10_000);
    for (const { outcome } of promises)
      expect(outcome).toEqual({ status: "resolved", value: { revoked: true } });
    const later = watch(runtime.signOut("this"));
    await browser.time.advance(100);
    expect(later.outcome).toEqual({ status: "resolved", value: { revoked: true } });
    expect(runtime.snapshot()).toMatchObject({ reason: "signed-out" });
  });

  it("where nobody is signed in nothing is sent", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const promise = watch(runtime.signOut("all"));
    await browser.time.advance(1_000);
    expect(promise.outcome).toEqual({ status: "resolved", value: { revoked: true } });
    expect(browser.server.signOuts).toEqual([]);
  });
});
