import { describe, expect, it } from "vitest";
import { decodeHold, encodeHold } from "../../src/machine/register.js";
import { createFakeBrowser, watch } from "@lockstep/testing";

/** A tab that is signed in as ada, and a second beside it. */
async function twoTabs() {
  const browser = createFakeBrowser();
  const a = await browser.signedInTab("ada");
  const b = browser.openTab();
  await browser.time.advance(1_000);
  return { browser, a, b };
}

const failedLogin = async (): Promise<unknown> => ({ kind: "failed" });

describe("L7, L10: where no cookie can be read", () => {
  it("a sibling whose token has expired is asked once, and then left alone", async () => {
    let posted = 0;
    const browser = createFakeBrowser({ onPost: () => void (posted += 1) });
    browser.register.mark = "unreadable";
    const sibling = await browser.signedInTab("ada");
    sibling.lifecycle.hide();
    await browser.time.advance(400_000);
    const before = posted;
    const tab = browser.openTab();
    const token = watch(tab.runtime.token(undefined));
    await browser.time.advance(1_000);
    expect(token.outcome.status).toBe("resolved");
    expect(browser.server.refreshes).toHaveLength(1);
    expect(posted - before).toBeLessThan(10);
  });
});

describe("L2: a login that fails leaves everything as it was", () => {
  it("the claim of a tab that died stands, and its request is let land", async () => {
    const { browser, a, b } = await twoTabs();
    browser.server.latencyMs = 15_000;
    watch(a.runtime.refresh());
    await browser.time.advance(10);
    a.crash();
    const login = watch(b.runtime.signIn(failedLogin));
    await browser.time.advance(6_000);
    expect(login.outcome.status).toBe("rejected");
    const token = watch(b.runtime.refresh());
    await browser.time.advance(40_000);
    expect(token.outcome.status).toBe("resolved");
    expect(b.runtime.snapshot().status).toBe("authenticated");
  });

  it("L10: the pause that the server asked for is still on", async () => {
    const { browser, a } = await twoTabs();
    browser.server.trouble = { code: "rate-limited", retryAfterMs: 3_600_000 };
    watch(a.runtime.refresh());
    await browser.time.advance(100);
    watch(a.runtime.signIn(failedLogin));
    await browser.time.advance(100);
    watch(a.runtime.refresh());
    await browser.time.advance(500);
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("the next try of a refresh whose answer was lost carries the same nonce", async () => {
    const { browser, a } = await twoTabs();
    browser.server.trouble = { code: "network" };
    watch(a.runtime.refresh());
    await browser.time.advance(100);
    watch(a.runtime.signIn(failedLogin));
    await browser.time.advance(5_000);
    watch(a.runtime.refresh());
    await browser.time.advance(5_000);
    const attempts = new Set(browser.server.refreshes.map(({ attempt }) => attempt));
    expect(browser.server.refreshes.length).toBeGreaterThan(1);
    expect(attempts.size).toBe(1);
  });
});

describe("L7: a wall clock that is stepped back by an hour", () => {
  it("makes nobody wait for a dead tab's claim longer than it was meant to last", async () => {
    const { browser, a, b } = await twoTabs();
    browser.server.trouble = "silence";
    watch(a.runtime.refresh());
    await browser.time.advance(10);
    a.crash();
    browser.time.step(-3_600_000);
    browser.server.trouble = null;
    await browser.time.advance(300_000);
    const token = watch(b.runtime.token(undefined));
    await browser.time.advance(40_000);
    expect(token.outcome.status).toBe("resolved");
  });

  it("makes no pause longer than it was meant to be", async () => {
    const { browser, a } = await twoTabs();
    browser.server.trouble = { code: "network" };
    watch(a.runtime.refresh());
    await browser.time.advance(100);
    browser.time.step(-3_600_000);
    browser.server.trouble = null;
    await browser.time.advance(400_000);
    const token = watch(a.runtime.token(undefined));
    await browser.time.advance(5_000);
    expect(token.outcome.status).toBe("resolved");
  });
});

describe("L7: callers of a hidden tab", () => {
  it("are served although the token was too old when it came", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada");
    tab.lifecycle.hide();
    await browser.time.advance(400_000);
    browser.server.latencyMs = 5_000;
    const token = watch(tab.runtime.token(undefined));
    await browser.time.advance(1_000);
    browser.time.sleep(600_000);
    await browser.time.advance(15_000);
    expect(token.outcome.status).toBe("resolved");
    expect(browser.server.refreshes).toHaveLength(2);
  });

  it("are not kept by a claim that no tab of ours would have written", () => {
    const base = { sessionId: "session-1", revision: 1 };
    const planted = { kind: "claim", attempt: "x", base, failures: 0, code: null } as const;
    const text = encodeHold({ ...planted, startedAtWall: 1, ttlMs: 999_999_999_999_999 });
    expect(decodeHold(text)).toBeNull();
  });
});

describe("L3: sign-out wins", () => {
  it("also over a session whose name is only learnt from the late answer", async () => {
    const browser = createFakeBrowser();
    const tab = browser.openTab();
    browser.server.latencyMs = 200;
    const unknown = async (): Promise<unknown> => {
      browser.server.logIn("ada");
      browser.register.mark = null;
      return { kind: "unknown" };
    };
    watch(tab.runtime.signIn(unknown));
    await browser.time.advance(100);
    watch(tab.runtime.signOut("this"));
    await browser.time.advance(5_000);
    expect(tab.runtime.snapshot().status).toBe("unauthenticated");
    expect(browser.server.signOuts).toHaveLength(1);
  });

  it("`revoked` is not claimed for a session that another replaced before the server was told", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada");
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const login = async (): Promise<unknown> => {
      await gate;
      return browser.server.logIn("bob");
    };
    const signedIn = watch(tab.runtime.signIn(login));
    await browser.time.advance(100);
    const signedOut = watch(tab.runtime.signOut("this"));
    await browser.time.advance(100);
    finish();
    await browser.time.advance(5_000);
    expect(signedIn.outcome.status).toBe("rejected");
    expect(signedOut.outcome).toMatchObject({ value: { revoked: false } });
    expect(tab.runtime.snapshot().status).toBe("unauthenticated");
    expect(browser.server.signOuts).toHaveLength(1);
  });

  it("L7: it does not wait for a pause of the refresh", async () => {
    const { browser, a } = await twoTabs();
    browser.server.trouble = { code: "refused", status: 403 };
    watch(a.runtime.refresh());
    await browser.time.advance(1_000);
    browser.server.trouble = null;
    const signedOut = watch(a.runtime.signOut("this"));
    await browser.time.advance(1_000);
    expect(signedOut.outcome).toMatchObject({ value: { revoked: true } });
  });

  it("L7, L10: while the server asks to slow down, the caller is told at once that it has not heard yet", async () => {
    const { browser, a } = await twoTabs();
    browser.server.trouble = { code: "rate-limited", retryAfterMs: 60_000 };
    watch(a.runtime.refresh());
    await browser.time.advance(1_000);
    const signedOut = watch(a.runtime.signOut("this"));
    await browser.time.advance(1_000);
    expect(signedOut.outcome).toMatchObject({ value: { revoked: false } });
    expect(browser.server.signOuts).toHaveLength(0);
  });

  it("L7: `others` settles within its bound, and when the session is disposed", async () => {
    for (const end of ["bound", "dispose"] as const) {
      const browser = createFakeBrowser();
      const tab = await browser.signedInTab("ada");
      browser.server.trouble = "silence";
      const signedOut = watch(tab.runtime.signOut("others"));
      if (end === "dispose") tab.runtime.dispose();
      await browser.time.advance(61_000);
      expect(signedOut.outcome.status, end).toBe("rejected");
    }
  });

  it("a sign-out of wider scope is confirmed by its own answer only, and the same one twice is one", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada");
    browser.server.latencyMs = 1_000;
    const first = watch(tab.runtime.signOut("this"));
    const again = watch(tab.runtime.signOut("this"));
    await browser.time.advance(500);
    const wider = watch(tab.runtime.signOut("all"));
    await browser.time.advance(700);
    expect(wider.outcome.status).toBe("pending");
    await browser.time.advance(5_000);
    expect(browser.server.signOuts.map(({ scope }) => scope)).toEqual(["this", "all"]);
    for (const { outcome } of [first, again, wider]) expect(outcome.status).toBe("resolved");
  });
});

describe("L9: who is signed in", () => {
  it("a hidden tab that gets no token by message learns of an account switch all the same", async () => {
    const browser = createFakeBrowser();
    const a = await browser.signedInTab("ada", { policy: { shareToken: false } });
    const b = browser.openTab({ policy: { shareToken: false } });
    await browser.time.advance(2_000);
    b.lifecycle.hide();
    watch(a.runtime.signIn(async () => browser.server.logIn("bob")));
    await browser.time.advance(5_000);
    expect(b.runtime.snapshot()).toMatchObject({ user: { id: "bob" } });
  });

  it("L6: a rumour ends by the clock, not by a timer that a hidden tab may not get", async () => {
    const { browser, a } = await twoTabs();
    browser.channel.forge({ v: 1, from: "x", kind: "changed", epoch: 9 });
    await browser.time.advance(1);
    expect(a.runtime.peek()).toBeNull();
    a.timers.cancel("rumour");
    await browser.time.advance(2_000);
    const token = watch(a.runtime.token(undefined));
    await browser.time.advance(1_000);
    expect(token.outcome.status).toBe("resolved");
  });
});
