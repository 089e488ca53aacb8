import { describe, expect, it } from "vitest";
import { createFakeBrowser, watch, type FakeTab } from "@lockstep/testing";

/** The next token of the session of `signedInTab`, for tests to spoil. */
function tokenMessage(
  tab: FakeTab,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const grant = tab.runtime.peek();
  return {
    v: 1,
    from: "another-tab",
    kind: "token",
    epoch: grant?.epoch,
    sessionId: grant?.identity.sessionId,
    revision: (grant?.revision ?? 0) + 1,
    token: "secret-forged",
    lifetimeMs: 300_000,
    ageMs: 0,
    sentAtWall: tab.ports.clock.wall(),
    user: { id: "ada" },
    authTime: null,
    acr: null,
    expiresAt: null,
    ...changes,
  };
}

async function open() {
  const posted: unknown[] = [];
  const browser = createFakeBrowser({ onPost: (message) => void posted.push(message) });
  const tab = await browser.signedInTab();
  const before = tab.runtime.peek()?.token;
  const hear = async (data: unknown): Promise<string | undefined> => {
    browser.channel.forge(data);
    await browser.time.advance(10);
    return tab.runtime.peek()?.token;
  };
  const ignored = (): readonly string[] =>
    tab.inspected.flatMap((event) => (event.type === "message-ignored" ? [event.why] : []));
  return { browser, posted, tab, before, hear, ignored };
}

describe("R-052: a message is a hint, and never the truth", () => {
  it.each([
    ["nothing", undefined],
    ["text", "changed"],
    ["a list", ["changed"]],
    ["an unknown kind", { v: 1, from: "x", kind: "sign-out" }],
    ["no sender", { v: 1, kind: "changed", epoch: 1 }],
    ["a sender's name beyond measure", { v: 1, from: "x".repeat(257), kind: "changed", epoch: 1 }],
    ["too many tabs asked", { v: 1, from: "x", kind: "ask", to: Array.from({ length: 17 }, () => "x") }],
    ["a version that is no number", { v: "1", from: "x", kind: "changed", epoch: 1 }],
  ])("%s is left unread, and said to be malformed", async (_, data) => {
    const { before, hear, ignored } = await open();
    expect(await hear(data)).toBe(before);
    expect(ignored()).toEqual(["malformed"]);
  });

  it("C13, scenario 34: another version of the SDK is left unread, and said to be one", async () => {
    const { before, hear, ignored } = await open();
    expect(await hear({ v: 2, from: "x", kind: "token", token: "secret" })).toBe(before);
    expect(ignored()).toEqual(["other-version"]);
  });

  it("our own message that comes back is nobody's", async () => {
    const { posted, tab, before, hear, ignored } = await open();
    expect(await hear(tokenMessage(tab, { from: tab.name, revision: 9 }))).toBe(before);
    expect(await hear({ v: 1, from: tab.name, kind: "ask", to: null })).toBe(before);
    expect(ignored()).toEqual([]);
    // Nothing was answered either.
    expect(posted.at(-1)).toMatchObject({ kind: "ask" });
  });

  it("C1: a forged change makes the tab look, and nothing else", async () => {
    const { browser, tab, before, hear } = await open();
    for (let count = 0; count < 50; count += 1)
      expect(await hear({ v: 1, from: "x", kind: "changed", epoch: 1 })).toBe(before);
    expect(tab.runtime.snapshot().status).toBe("authenticated");
    expect(browser.server.refreshes).toEqual([]);
  });

  it.each([
    ["a revision that the version cookie does not know", { revision: 99 }],
    ["an epoch that is over", { epoch: 0 }],
    ["another session", { sessionId: "evil" }],
    ["another user", { user: { id: "evil" } }],
    ["the revision that we hold", { revision: 1 }],
    ["a lifetime that is over", { lifetimeMs: 0 }],
    ["an age beyond its lifetime", { ageMs: 300_000 }],
    ["a negative age", { ageMs: -1 }],
    ["a lifetime that is no number", { lifetimeMs: Number.NaN }],
    ["an endless lifetime", { lifetimeMs: Infinity }],
    ["no token", { token: "" }],
    ["a token beyond measure", { token: "x".repeat(65_537) }],
  ])("C2, C4: a forged token with %s is not taken", async (_, changes) => {
    const { browser, tab, before, hear } = await open();
    browser.register.mark = { sessionId: "session-1", revision: 2 };
    expect(await hear(tokenMessage(tab, changes))).toBe(before);
    expect(tab.runtime.snapshot()).toMatchObject({ status: "authenticated", user: { id: "ada" } });
  });

  it("C1, C2: a forged token of an epoch to come is not taken; the tab asks the server, and goes on", async () => {
    const { browser, tab, hear } = await open();
    expect(await hear(tokenMessage(tab, { epoch: 99 }))).toBeUndefined();
    await browser.time.advance(2_000);
    expect(tab.runtime.peek()?.token).toMatch(/^secret-access-session-1-2-/);
    expect(browser.server.refreshes).toHaveLength(1);
    expect(tab.runtime.snapshot()).toMatchObject({ status: "authenticated", user: { id: "ada" } });
  });

  it("the same token without such a fault is taken: it is the fault that counts", async () => {
    const { browser, tab, hear } = await open();
    browser.register.mark = { sessionId: "session-1", revision: 2 };
    expect(await hear(tokenMessage(tab))).toBe("secret-forged");
  });

  it("C3: a token of a session that was signed out brings nobody back", async () => {
    const { browser, tab, hear } = await open();
    const message = tokenMessage(tab, { revision: 1 });
    void tab.runtime.signOut("this");
    await browser.time.advance(1_000);
    expect(await hear(message)).toBeUndefined();
    expect(tab.runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "signed-out" });
  });

  it("R-050, B3: what only the prototype says is not said", async () => {
    const { tab, before, hear } = await open();
    const message = JSON.parse(
      `{"__proto__": ${JSON.stringify(tokenMessage(tab, { revision: 2 }))}}`,
    ) as unknown;
    expect(await hear(message)).toBe(before);
    expect({}).not.toHaveProperty("token");
  });

  it("L7: a validator of claims that throws does not take the tab down", async () => {
    const browser = createFakeBrowser();
    await browser.signedInTab();
    const broken = (): never => {
      throw new Error("the application's own mistake");
    };
    const tab = browser.openTab({
      ports: ({ transport }) => ({ transport: { ...transport, identify: broken } }),
    });
    await browser.time.advance(2_000);
    expect(browser.channel.uncaught).toEqual([]);
    expect(tab.runtime.snapshot().status).toBe("authenticated");
  });
});

describe("L1: a sibling's token is taken over", () => {
  it("by every tab, whatever the number, with no request", async () => {
    const browser = createFakeBrowser();
    await browser.signedInTab();
    const tabs = Array.from({ length: 20 }, () => browser.openTab());
    await browser.time.advance(1_000);
    expect(new Set(tabs.map(({ runtime }) => runtime.peek()?.token)).size).toBe(1);
    expect(browser.server.refreshes).toEqual([]);
  });

  it("by tabs that are there already, without their asking for it", async () => {
    const { browser, posted, tab } = await open();
    const others = Array.from({ length: 3 }, () => browser.openTab());
    await browser.time.advance(1_000);
    posted.length = 0;
    const refreshed = watch(tab.runtime.refresh());
    await browser.time.advance(1_000);
    expect(refreshed.outcome.status).toBe("resolved");
    for (const { runtime } of others) expect(runtime.peek()?.token).toBe(tab.runtime.peek()?.token);
    expect(posted.map((message) => (message as { readonly kind: string }).kind)).toEqual(["token"]);
  });

  it("L6: with its age, also when the message was queued before a tab that was frozen", async () => {
    const { browser, tab, hear } = await open();
    browser.register.mark = { sessionId: tab.runtime.peek()?.identity.sessionId ?? "", revision: 2 };
    const sentAtWall = tab.ports.clock.wall() - 100_000;
    await hear(tokenMessage(tab, { revision: 2, ageMs: 50_000, sentAtWall }));
    const grant = tab.runtime.peek();
    expect(grant?.revision).toBe(2);
    expect(grant && tab.runtime.ageMs(grant)).toBeGreaterThanOrEqual(150_000);
  });

  it("L5: not with shareToken: false, neither given nor taken", async () => {
    const posted: unknown[] = [];
    const browser = createFakeBrowser({ onPost: (message) => void posted.push(message) });
    const first = await browser.signedInTab("ada", { policy: { shareToken: false } });
    const second = browser.openTab({ policy: { shareToken: false } });
    await browser.time.advance(5_000);
    expect(second.runtime.snapshot().status).toBe("authenticated");
    expect(JSON.stringify(posted)).not.toContain("secret");
    const before = first.runtime.peek()?.token;
    browser.channel.forge(tokenMessage(first, { revision: 2 }));
    await browser.time.advance(10);
    expect(first.runtime.peek()?.token).toBe(before);
  });
});

describe("L13: a record that arrives after the message that told of it", () => {
  it("is read when it arrives, though no timer runs", async () => {
    const browser = createFakeBrowser();
    const { register } = browser;
    const hearers = new Set<() => void>();
    register.attach = (on) => {
      hearers.add(on);
      return () => void hearers.delete(on);
    };
    const tab = await browser.signedInTab("ada", {
      ports: ({ timers }) => ({
        timers: { ...timers, arm: (name, ...rest) => name !== "rumour" && timers.arm(name, ...rest) },
      }),
    });
    const { epoch = 0, identity } = tab.runtime.peek() ?? {};
    browser.channel.forge({ v: 1, from: "another-tab", kind: "changed", epoch: epoch + 1 });
    await browser.time.advance(10);
    register.record = {
      epoch: epoch + 1,
      status: "out",
      sessionId: identity?.sessionId ?? null,
      reason: "signed-out",
      pending: null,
    };
    await browser.time.advance(10);
    expect(tab.runtime.snapshot()).toMatchObject({ status: "authenticated" });
    for (const hear of hearers) hear();
    expect(tab.runtime.snapshot()).toMatchObject({
      status: "unauthenticated",
      reason: "signed-out-elsewhere",
    });
    tab.runtime.dispose();
    expect(hearers.size).toBe(0);
  });
});
