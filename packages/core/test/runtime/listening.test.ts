/** Tabs that listen to their server, with the real loop, locks in memory, and a server that says what the test wants. */
import { createFakeBrowser, createMemoryLock, type FakeTab } from "@lockstep/testing";
import { describe, expect, it } from "vitest";
import type { FetchStream, StreamCallbacks } from "../../src/listening/fetch-stream.js";
import { createListener } from "../../src/listening/listener.js";
import { listeningPolicy, type Closing } from "../../src/listening/machine.js";
import type { News } from "../../src/machine/outcome.js";
import type { Ports } from "../../src/runtime/ports.js";

const { silenceLimitMs, pauseMs, longestPauseMs } = listeningPolicy;

const refusal: Closing = { kind: "unauthenticated" };

/** The server's side: its open streams, and how it answers who asks for one. */
function createFakeEvents() {
  const streams = new Set<StreamCallbacks>();
  const events = {
    /** `null`: with a stream. */
    answer: null as Closing | "silence" | null,
    /** How it answers first. */
    first: [] as Closing[],
    /** Tokens that it refuses, as a server on another origin does once they have expired. */
    refused: new Set<string>(),
    /** How long an answer takes that is no stream. */
    delay: (answered: () => void): void => queueMicrotask(answered),
    asked: 0,
    most: 0,
    open: () => streams.size,
    say(news: News): void {
      for (const on of streams) on.news(news);
    },
    beat(): void {
      for (const on of streams) on.heard();
    },
    end(): void {
      for (const on of [...streams]) {
        streams.delete(on);
        on.closed({ kind: "failed" });
      }
    },
    stream(): FetchStream {
      let own: StreamCallbacks | null = null;
      const close = (): void => {
        if (own !== null) streams.delete(own);
        own = null;
      };
      return {
        close,
        open(token, on) {
          close();
          events.asked += 1;
          own = on;
          const answer = events.refused.has(token) ? refusal : (events.first.shift() ?? events.answer);
          if (answer === "silence") return;
          if (answer !== null) {
            events.delay(() => {
              if (own === on) on.closed(answer);
            });
            return;
          }
          streams.add(on);
          events.most = Math.max(events.most, streams.size);
          queueMicrotask(() => on.opened());
        },
      };
    },
  };
  return events;
}

interface World {
  readonly tabs?: number;
  readonly whenHidden?: boolean;
  readonly hasLocks?: boolean;
  /** What tabs say to each other arrives so much later than a lock changes hands. */
  readonly messageDelayMs?: number;
  readonly answer?: Closing;
}

async function openBrowser(world: World = {}) {
  const { tabs = 1, whenHidden = false, hasLocks = true, messageDelayMs = 0, answer } = world;
  const browser = createFakeBrowser({ lifetimeMs: 300_000 });
  const events = createFakeEvents();
  events.answer = answer ?? null;
  const lock = createMemoryLock();
  const deaths = new Map<FakeTab, () => void>();

  function openTab(): FakeTab {
    const [stream, own] = [events.stream(), lock.tab()];
    const refused: Ports["lock"] = {
      request: (_steal, { refused }) => refused("missing"),
      release: () => undefined,
    };
    const tab = browser.openTab({
      ports: ({ clock, entropy, timers, openChannel }) => ({
        openChannel: (onMessage) => {
          let messages = 0;
          return openChannel((data) => {
            if (messageDelayMs === 0) onMessage(data);
            else timers.arm(`message ${(messages += 1)}`, messageDelayMs, () => onMessage(data));
          });
        },
        loadListener: async (hooks) =>
          createListener({
            clock,
            entropy,
            timers,
            lock: hasLocks ? own : refused,
            stream,
            whenHidden,
            ...hooks,
          }),
      }),
    });
    deaths.set(tab, () => {
      own.release();
      stream.close();
    });
    return tab;
  }

  function crash(tab: FakeTab): void {
    tab.crash();
    deaths.get(tab)?.();
  }

  browser.server.logIn({ id: "ada", role: "admin" });
  const all = Array.from({ length: tabs }, openTab);
  await browser.time.advance(1_000);
  const session = (): string => all[0]?.runtime.peek(0)?.identity.sessionId ?? "";
  /** As a script of the site may. */
  function stealLock(): void {
    const thief = lock.tab();
    thief.request(true, { granted: thief.release, refused: () => undefined, stolen: () => undefined });
  }

  return { browser, events, tabs: all, openTab, crash, stealLock, sessionId: session() };
}

const statusOf = ({ runtime }: FakeTab): unknown => {
  const snapshot = runtime.snapshot();
  return snapshot.status === "unauthenticated" ? snapshot.reason : snapshot.status;
};

describe("R-141: one stream a browser", () => {
  it("L10: is asked for by nobody while nobody is signed in", async () => {
    const { events, openTab, browser } = await openBrowser();
    const anonymous = createFakeBrowser();
    let loaded = 0;
    const tab = anonymous.openTab({
      ports: () => ({
        loadListener: async () => {
          loaded += 1;
          throw new Error("not wanted");
        },
      }),
    });
    await anonymous.time.advance(60_000);
    expect([loaded, statusOf(tab)]).toEqual([0, "no-session"]);
    openTab().runtime.dispose();
    await browser.time.advance(1_000);
    expect(events.asked).toBe(1);
  });

  it("is held by one of twenty tabs, for all", async () => {
    const { events } = await openBrowser({ tabs: 20 });
    expect([events.open(), events.asked]).toEqual([1, 1]);
  });

  it.each([
    ["is closed", (tab: FakeTab) => tab.runtime.dispose()],
    ["is hidden", (tab: FakeTab) => tab.lifecycle.hide()],
    [
      "goes into the back/forward cache",
      (tab: FakeTab) => tab.lifecycle.emit({ type: "suspended", cause: "left" }),
    ],
    ["is frozen", (tab: FakeTab) => tab.lifecycle.emit({ type: "suspended", cause: "frozen" })],
  ])("passes to another tab within a second when its own %s, and there are never two", async (_, act) => {
    const { events, tabs, browser } = await openBrowser({ tabs: 3 });
    act(tabs[0] as FakeTab);
    await browser.time.advance(1_000);
    expect([events.open(), events.asked, events.most]).toEqual([1, 2, 1]);
  });

  it("passes to another tab within a second when its own dies", async () => {
    const { events, tabs, browser, crash } = await openBrowser({ tabs: 3 });
    crash(tabs[0] as FakeTab);
    await browser.time.advance(1_000);
    expect([events.open(), events.asked, events.most]).toEqual([1, 2, 1]);
  });

  it("L10: is closed while no tab is seen, and opened by the first that is", async () => {
    const { events, tabs, browser } = await openBrowser({ tabs: 2 });
    for (const tab of tabs) tab.lifecycle.hide();
    await browser.time.advance(60_000);
    expect([events.open(), events.asked]).toEqual([0, 1]);
    tabs[1]?.lifecycle.show();
    await browser.time.advance(1_000);
    expect([events.open(), events.asked]).toEqual([1, 2]);
  });

  it("stays open in a hidden tab where that is wanted", async () => {
    const { events, tabs, browser } = await openBrowser({ tabs: 2, whenHidden: true });
    for (const tab of tabs) tab.lifecycle.hide();
    await browser.time.advance(10_000);
    expect([events.open(), events.asked]).toEqual([1, 1]);
  });

  it("is done without where there are no locks: each tab would open one, and stop everything else", async () => {
    const { events, tabs, browser } = await openBrowser({ tabs: 8, hasLocks: false });
    await browser.time.advance(600_000);
    expect([events.asked, tabs.map(statusOf)]).toEqual([0, tabs.map(() => "authenticated")]);
  });

  it("ends with the session, and begins with the next one", async () => {
    const { events, tabs, browser } = await openBrowser({ tabs: 2 });
    void tabs[1]?.runtime.signOut("this");
    await browser.time.advance(1_000);
    expect(events.open()).toBe(0);
    void tabs[1]?.runtime.signIn(() => browser.server.logIn("eve"));
    await browser.time.advance(1_000);
    expect([events.open(), events.most]).toEqual([1, 1]);
  });
});

describe("L13: what the server says", () => {
  it.each(["revoked", "reuse-detected", "signed-out-elsewhere", "expired"] as const)(
    "of the end of the session signs out every tab, hidden ones too, in the same moment (%s), with no request",
    async (reason) => {
      const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 5 });
      tabs[4]?.lifecycle.hide();
      const before = browser.server.refreshes.length;
      browser.server.revoke();
      events.say({ kind: "ended", sessionId, reason });
      await browser.time.advance(10);
      expect(tabs.map(statusOf)).toEqual(tabs.map(() => reason));
      await browser.time.advance(60_000);
      expect(browser.server.refreshes).toHaveLength(before);
      expect(browser.server.signOuts).toHaveLength(0);
    },
  );

  it("L10: of the end of the session is not asked for again by the tab that is next in the queue, and has not heard", async () => {
    const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 5, messageDelayMs: 20 });
    browser.server.revoke();
    events.answer = { kind: "unauthenticated" };
    events.say({ kind: "ended", sessionId, reason: "revoked" });
    await browser.time.advance(60_000);
    expect(tabs.map(statusOf)).toEqual(tabs.map(() => "revoked"));
    expect(events.asked).toBe(1);
  });

  it("L3: of the end of the session is not undone by a refresh that was on its way", async () => {
    const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 2 });
    const refreshing = tabs[0]?.runtime.refresh().catch((error: unknown) => error);
    await browser.time.advance(20);
    events.say({ kind: "ended", sessionId, reason: "revoked" });
    await browser.time.advance(10_000);
    expect(tabs.map(statusOf)).toEqual(["revoked", "revoked"]);
    expect(await refreshing).toMatchObject({ code: "unauthenticated" });
  });

  it("L4: of another session is nobody's business here", async () => {
    const { events, tabs, browser } = await openBrowser({ tabs: 2 });
    events.say({ kind: "ended", sessionId: "another", reason: "revoked" });
    events.say({ kind: "stale", sessionId: "another", revision: 99 });
    await browser.time.advance(1_000);
    expect(tabs.map(statusOf)).toEqual(["authenticated", "authenticated"]);
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("L1: of a change of the user brings all tabs a new token, for one refresh", async () => {
    const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 5 });
    const { length: before } = browser.server.refreshes;
    const revision = tabs[0]?.runtime.peek(0)?.revision ?? 0;
    events.say({ kind: "stale", sessionId, revision });
    events.say({ kind: "stale", sessionId, revision });
    await browser.time.advance(1_000);
    expect(browser.server.refreshes).toHaveLength(before + 1);
    expect(tabs.map(({ runtime }) => runtime.peek(0)?.revision)).toEqual(tabs.map(() => revision + 1));
  });

  it("of a change brings a tab that is seen a new token, also where a hidden one listens", async () => {
    const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 2, whenHidden: true });
    const { length: before } = browser.server.refreshes;
    const revision = tabs[1]?.runtime.peek(0)?.revision ?? 0;
    tabs[0]?.lifecycle.hide();
    events.say({ kind: "stale", sessionId, revision });
    await browser.time.advance(1_000);
    expect([events.asked, browser.server.refreshes.length]).toEqual([1, before + 1]);
    expect(tabs[1]?.runtime.peek(0)?.revision).toBe(revision + 1);
  });

  it("L1: of a change that this browser's token knows of already costs nothing, however often it is said", async () => {
    const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 2 });
    const { length: before } = browser.server.refreshes;
    const revision = tabs[0]?.runtime.peek(0)?.revision ?? 0;
    for (let time = 0; time < 5; time += 1) {
      events.say({ kind: "stale", sessionId, revision: revision - 1 });
      await browser.time.advance(1_000);
    }
    expect(browser.server.refreshes).toHaveLength(before);
  });

  it("L1, R-142: of a change while the server cannot be reached is followed by one back-off, not by a storm", async () => {
    const { events, browser, sessionId, tabs } = await openBrowser({ tabs: 5 });
    browser.server.trouble = { code: "unavailable" };
    const { length: before } = browser.server.refreshes;
    const revision = tabs[0]?.runtime.peek(0)?.revision ?? 0;
    events.say({ kind: "stale", sessionId, revision });
    await browser.time.advance(10_000);
    expect(browser.server.refreshes.length - before).toBeLessThanOrEqual(5);
    browser.server.trouble = null;
    await browser.time.advance(60_000);
    expect(tabs[4]?.runtime.peek(0)?.revision).toBe(revision + 1);
  });
});

describe("R-142: a stream that breaks", () => {
  /** Beats as the server does, for so long. */
  async function stand(world: Awaited<ReturnType<typeof openBrowser>>, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 15_000) {
      world.events.beat();
      await world.browser.time.advance(15_000);
    }
  }

  it("is opened again after a short pause with jitter, when it had stood for a while", async () => {
    const world = await openBrowser({ tabs: 3 });
    await stand(world, 600_000);
    world.events.end();
    expect(world.events.open()).toBe(0);
    await world.browser.time.advance(pauseMs);
    expect([world.events.open(), world.events.asked]).toEqual([1, 2]);
  });

  it("L10: is asked for ever less often while it keeps breaking, by all tabs together", async () => {
    const { events, browser } = await openBrowser({ tabs: 5 });
    events.answer = { kind: "failed" };
    events.end();
    await browser.time.advance(3_600_000);
    expect(events.asked).toBeLessThan(150);
    events.answer = null;
    await browser.time.advance(longestPauseMs);
    expect(events.open()).toBe(1);
  });

  it("R-034: is not asked for before the time that the server named", async () => {
    const { events, browser } = await openBrowser();
    events.answer = { kind: "failed", retryAfterMs: 120_000 };
    events.end();
    await browser.time.advance(pauseMs);
    const asked = events.asked;
    await browser.time.advance(119_000);
    expect(events.asked).toBe(asked);
    await browser.time.advance(10_000);
    expect(events.asked).toBe(asked + 1);
  });

  it.each([
    [
      "the connection comes back",
      async ({ tabs, browser }: Awaited<ReturnType<typeof openBrowser>>) => {
        tabs[0]?.lifecycle.emit({ type: "woke", cause: "online" });
        await browser.time.advance(1_000);
      },
    ],
    [
      "its tab is hidden and seen again",
      async ({ tabs, browser }: Awaited<ReturnType<typeof openBrowser>>) => {
        tabs[0]?.lifecycle.hide();
        await browser.time.advance(1_000);
        tabs[0]?.lifecycle.show();
      },
    ],
  ])("R-034: is not asked for before the time that the server named, also when %s", async (_, act) => {
    const world = await openBrowser();
    const { events, browser } = world;
    events.first = [{ kind: "failed", retryAfterMs: 120_000 }];
    events.end();
    await browser.time.advance(pauseMs);
    const { asked } = events;
    await act(world);
    await browser.time.advance(110_000);
    expect(events.asked).toBe(asked);
    await browser.time.advance(10_000 + 2 * pauseMs);
    expect([events.open(), events.asked]).toEqual([1, asked + 1]);
  });

  it("is noticed though nothing says so, when no heartbeat comes", async () => {
    const { events, browser } = await openBrowser();
    events.answer = "silence";
    await browser.time.advance(silenceLimitMs + pauseMs);
    expect(events.asked).toBe(2);
    events.answer = null;
    await browser.time.advance(silenceLimitMs + 2 * pauseMs);
    expect([events.open(), events.asked]).toEqual([1, 3]);
  });

  it("is not given up on while heartbeats come", async () => {
    const world = await openBrowser();
    await stand(world, 1_800_000);
    expect(world.events.asked).toBe(1);
  });

  it("H2: with a 401 costs one refresh, and no loop", async () => {
    const { events, browser } = await openBrowser({ tabs: 3 });
    const { length: before } = browser.server.refreshes;
    events.answer = { kind: "unauthenticated" };
    events.end();
    await browser.time.advance(60_000);
    expect(browser.server.refreshes).toHaveLength(before + 1);
    expect(events.asked).toBe(3);
  });

  it("H2: with a 401 because the session is over signs out, by the answer of the refresh", async () => {
    const { events, browser, tabs } = await openBrowser({ tabs: 3 });
    browser.server.revoke();
    events.answer = { kind: "unauthenticated" };
    events.end();
    await browser.time.advance(10_000);
    expect(tabs.map(statusOf)).toEqual(tabs.map(() => "revoked"));
  });

  it("H2: with a 401 that was a matter of a moment is opened again with the new token", async () => {
    const { events, browser } = await openBrowser();
    events.first = [{ kind: "unauthenticated" }];
    events.end();
    await browser.time.advance(2 * pauseMs);
    expect([events.open(), events.asked]).toEqual([1, 3]);
  });

  it("H2: with a 401 each time that the tab comes back with a token that ran out meanwhile is opened each time", async () => {
    const { events, browser, tabs } = await openBrowser();
    const [tab] = tabs as [FakeTab];
    const { length: before } = browser.server.refreshes;
    for (let round = 1; round <= 3; round += 1) {
      events.refused.add(tab.runtime.peek(0)?.token ?? "");
      tab.lifecycle.hide();
      await browser.time.advance(600_000);
      tab.lifecycle.show();
      await browser.time.advance(5_000);
      expect([events.open(), browser.server.refreshes.length - before], `round ${round}`).toEqual([1, round]);
    }
  });

  it("H2: with a 401 for a token that was replaced meanwhile costs no refresh", async () => {
    const { events, browser, tabs } = await openBrowser();
    const [tab] = tabs as [FakeTab];
    events.refused.add(tab.runtime.peek(0)?.token ?? "");
    const answers: (() => void)[] = [];
    events.delay = (answered) => void answers.push(answered);
    events.end();
    await browser.time.advance(pauseMs);
    void tab.runtime.refresh();
    await browser.time.advance(1_000);
    const { length: before } = browser.server.refreshes;
    for (const answered of answers) answered();
    await browser.time.advance(5_000);
    expect([events.open(), browser.server.refreshes.length]).toEqual([1, before]);
  });

  it("is asked for once by a server that has none", async () => {
    const { events, browser } = await openBrowser({ tabs: 3, answer: { kind: "unsupported" } });
    await browser.time.advance(3_600_000);
    expect(events.asked).toBe(1);
  });

  it.each([
    ["has none", { kind: "unsupported" }, 2],
    ["refuses it", { kind: "unauthenticated" }, 4],
  ] as const)(
    "is asked for no more by a page that comes to the front again, of a server that %s, until another session begins",
    async (_, answer, asked) => {
      const { events, browser, tabs } = await openBrowser({ tabs: 2, answer });
      for (let round = 0; round < 5; round += 1)
        for (const tab of tabs) {
          for (const other of tabs) other.lifecycle.hide();
          tab.lifecycle.show();
          await browser.time.advance(10_000);
        }
      expect(events.asked, "once by each page, or twice with the refresh that a 401 costs").toBe(asked);
      const refreshes = browser.server.refreshes.length;
      events.answer = null;
      await tabs[1]?.runtime.signIn(async () => browser.server.logIn({ id: "bob" }));
      await browser.time.advance(10_000);
      expect([events.open(), browser.server.refreshes.length]).toEqual([1, refreshes]);
    },
  );

  it("is not asked for again by the page that was told there is none, when another script takes its lock", async () => {
    const { events, browser, tabs, stealLock } = await openBrowser({ answer: { kind: "unsupported" } });
    stealLock();
    await browser.time.advance(10_000);
    expect([events.asked, tabs[0]?.runtime.snapshot().status]).toEqual([1, "authenticated"]);
  });

  it("by a server that is being replaced, and says for a moment that it has none, comes back", async () => {
    const { events, browser } = await openBrowser();
    events.answer = { kind: "unsupported" };
    events.end();
    await browser.time.advance(pauseMs);
    events.answer = null;
    await browser.time.advance(2 * pauseMs);
    expect(events.open()).toBe(1);
  });

  it("is opened soon after the connection is back", async () => {
    const { events, browser, tabs } = await openBrowser();
    events.answer = { kind: "failed" };
    events.end();
    await browser.time.advance(600_000);
    events.answer = null;
    const asked = events.asked;
    tabs[0]?.lifecycle.emit({ type: "woke", cause: "online" });
    await browser.time.advance(pauseMs);
    expect([events.open(), events.asked]).toEqual([1, asked + 1]);
  });
});

describe("L10: listening", () => {
  it("shows in no snapshot, and is told to inspectors", async () => {
    const { events, tabs, browser } = await openBrowser();
    const [tab] = tabs as [FakeTab];
    const snapshot = tab.runtime.snapshot();
    events.end();
    await browser.time.advance(pauseMs);
    tab.lifecycle.hide();
    await browser.time.advance(1);
    expect(tab.runtime.snapshot()).toBe(snapshot);
    const told = tab.inspected.flatMap((event) => (event.type === "listening" ? [event.isOpen] : []));
    expect(told).toEqual([true, false, true, false]);
  });

  it("L11: is no activity, and what is heard is none either", async () => {
    const { events, tabs, browser, sessionId } = await openBrowser({ tabs: 2 });
    const revision = tabs[0]?.runtime.peek(0)?.revision ?? 0;
    events.beat();
    events.say({ kind: "stale", sessionId, revision });
    await browser.time.advance(1_000);
    expect(tabs.map(({ runtime }) => runtime.peek(0)?.revision)).toEqual(tabs.map(() => revision + 1));
    expect(tabs.map(({ activity }) => activity.ageMs())).toEqual(tabs.map(() => null));
  });

  it("is gone with the session object: no timer, no stream, no place in the queue", async () => {
    const { events, tabs, browser } = await openBrowser({ tabs: 2 });
    for (const { runtime } of tabs) runtime.dispose();
    await browser.time.advance(0);
    expect([events.open(), ...tabs.map(({ timers }) => timers.armed().length)]).toEqual([0, 0, 0]);
  });

  it("is not kept from the other tabs by a session that an inspector disposes of while its lock is taken", async () => {
    const { events, tabs, browser, stealLock } = await openBrowser({ tabs: 2 });
    const [listening, other] = tabs as [FakeTab, FakeTab];
    listening.runtime.inspect((event) => {
      if (event.type === "listening" && !event.isOpen) listening.runtime.dispose();
    });
    stealLock();
    await browser.time.advance(1_000);
    other.lifecycle.hide();
    await browser.time.advance(1_000);
    other.lifecycle.show();
    await browser.time.advance(1_000);
    expect([events.open(), events.asked]).toEqual([1, 3]);
  });

  it("that could not be loaded while the connection was down is loaded once it is back", async () => {
    const browser = createFakeBrowser();
    let loads = 0;
    let looks = 0;
    const tab = await browser.signedInTab("ada", {
      ports: () => ({
        async loadListener() {
          loads += 1;
          if (loads === 1) throw new TypeError("offline");
          return { look: () => void (looks += 1), online: () => undefined, stop: () => undefined };
        },
      }),
    });
    await browser.time.advance(60_000);
    expect(loads).toBe(1);
    tab.lifecycle.emit({ type: "woke", cause: "online" });
    await browser.time.advance(1_000);
    expect([loads, looks > 0]).toEqual([2, true]);
    tab.lifecycle.emit({ type: "woke", cause: "online" });
    await browser.time.advance(1_000);
    expect(loads).toBe(2);
  });

  it("L7: that cannot be loaded costs nothing else", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada", {
      ports: () => ({ loadListener: () => Promise.reject(new Error("chunk is gone")) }),
    });
    await browser.time.advance(1_000);
    expect(statusOf(tab)).toBe("authenticated");
    expect(tab.inspected).toContainEqual(expect.objectContaining({ type: "degraded", port: "listener" }));
  });
});
