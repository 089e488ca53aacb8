import { describe, expect, it, vi } from "vitest";
import { createFakeBrowser, watch, type FakeBrowser, type FakeTab } from "@lockstep/testing";

/** What a tab may be in the middle of when it is disposed. */
const moments: Readonly<Record<string, (browser: FakeBrowser, tab: FakeTab) => unknown>> = {
  "nothing is going on": () => undefined,
  "a refresh is in flight": (_, { runtime }) => runtime.refresh().catch(() => undefined),
  "the lock is waited for": (browser, { runtime, ports }) => {
    const holder = browser.openTab();
    holder.ports.lock.request(false, {
      granted: () => undefined,
      refused: () => undefined,
      stolen: () => undefined,
    });
    void ports;
    return runtime.refresh().catch(() => undefined);
  },
  "a login call is running": (_, { runtime }) =>
    runtime.signIn(async () => new Promise(() => undefined)).catch(() => undefined),
  "a sign-out is under way": (_, { runtime }) => runtime.signOut("this"),
  "the server is in trouble": (browser, { runtime }) => {
    browser.server.trouble = { code: "unavailable" };
    return runtime.refresh().catch(() => undefined);
  },
};

describe("L7, scenario 29: dispose leaves nothing behind", () => {
  it.each(Object.keys(moments))("while %s", async (name) => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const close = vi.fn<() => void>();
    const disposable = browser.openTab({
      ports: ({ openChannel }) => ({
        openChannel(onMessage) {
          const channel = openChannel(onMessage);
          return {
            post: (message) => channel.post(message),
            close() {
              close();
              channel.close();
            },
          };
        },
      }),
    });
    await browser.time.advance(1_000);
    void moments[name]?.(browser, disposable);
    await browser.time.advance(20);
    disposable.runtime.dispose();
    expect(disposable.timers.armed()).toEqual([]);
    expect(disposable.lifecycle.attached).toBe(false);
    expect(disposable.activity.attached).toBe(false);
    expect(close).toHaveBeenCalledOnce();
    expect((await disposable.ports.presence.peers())?.map(({ tabId }) => tabId)).not.toContain(
      disposable.name,
    );
    expect(disposable.runtime.peek()).toBeNull();

    const shown = disposable.inspected.length;
    await browser.time.advance(600_000);
    expect(disposable.timers.armed()).toEqual([]);
    expect(disposable.inspected.length).toBe(shown);
    void tab;
  });

  it("while the register is watched for what a message told of", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    browser.channel.forge({ v: 1, from: "x", kind: "changed", epoch: 9 });
    await browser.time.advance(10);
    expect(tab.timers.armed()).toContain("rumour");
    tab.runtime.dispose();
    expect(tab.timers.armed()).toEqual([]);
  });

  it("the lock is free for others", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const other = browser.openTab();
    await browser.time.advance(1_000);
    browser.server.trouble = "silence";
    void tab.runtime.refresh().catch(() => undefined);
    await browser.time.advance(100);
    tab.runtime.dispose();
    const granted = vi.fn<() => void>();
    other.ports.lock.request(false, { granted, refused: vi.fn<() => void>(), stolen: vi.fn<() => void>() });
    await browser.time.advance(0);
    expect(granted).toHaveBeenCalledOnce();
  });

  it("everybody who waits is told so, and so is everybody who comes later", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    browser.server.trouble = "silence";
    const waiting = [
      watch<unknown>(runtime.refresh()),
      watch<unknown>(runtime.signIn(async () => new Promise(() => undefined))),
    ];
    await browser.time.advance(100);
    runtime.dispose();
    await browser.time.advance(0);
    const late = [
      watch<unknown>(runtime.token(undefined)),
      watch<unknown>(runtime.refresh()),
      watch<unknown>(runtime.ready()),
      watch<unknown>(runtime.signIn(() => undefined)),
      watch<unknown>(runtime.signOut("this")),
      watch<unknown>(runtime.signOut("others")),
    ];
    await browser.time.advance(0);
    for (const { outcome } of [...waiting, ...late])
      expect(outcome).toMatchObject({ status: "rejected", error: { code: "disposed" } });
    expect(browser.server.signOuts).toEqual([]);
  });

  it("a sign-out that waits for the server resolves: signed out it is", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    browser.server.trouble = "silence";
    const signedOut = watch(runtime.signOut("this"));
    await browser.time.advance(100);
    runtime.dispose();
    await browser.time.advance(0);
    expect(signedOut.outcome).toEqual({ status: "resolved", value: { revoked: false } });
  });

  it("twice is once, and subscribers hear no more", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const heard = vi.fn<() => void>();
    tab.runtime.subscribe(heard);
    tab.runtime.dispose();
    tab.runtime.dispose();
    const other = browser.openTab();
    await browser.time.advance(1_000);
    void other.runtime.signOut("this");
    await browser.time.advance(1_000);
    expect(heard).not.toHaveBeenCalled();
  });

  it("R-014: a request under way is not aborted, and the next tab goes on with what it brought", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    void tab.runtime.refresh().catch(() => undefined);
    await browser.time.advance(20);
    tab.runtime.dispose();
    const next = browser.openTab();
    await browser.time.advance(60_000);
    expect(next.runtime.snapshot().status).toBe("authenticated");
    expect(next.runtime.peek()).not.toBeNull();
  });
});
