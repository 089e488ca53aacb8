import { describe, expect, it, vi } from "vitest";
import { createListeners } from "../../src/runtime/listeners.js";
import { createFakeBrowser, watch } from "@lockstep/testing";

describe("L7: listeners cannot hurt each other", () => {
  it("one that throws stops nobody, and its error is handed back to the application", () => {
    const report = vi.fn<() => void>();
    const listeners = createListeners<[string]>(report);
    const error = new Error("the application's own mistake");
    const heard = vi.fn<() => void>();
    listeners.add(heard);
    listeners.add(() => {
      throw error;
    });
    listeners.add(heard);
    listeners.call("hello");
    expect(heard.mock.calls).toEqual([["hello"], ["hello"]]);
    expect(report).toHaveBeenCalledExactlyOnceWith(error);
  });

  it("one function added twice is called twice, and removed once at a time", () => {
    const listeners = createListeners<[]>(vi.fn<() => void>());
    const heard = vi.fn<() => void>();
    const [first, second] = [listeners.add(heard), listeners.add(heard)];
    listeners.call();
    first();
    first();
    listeners.call();
    second();
    listeners.call();
    expect(heard).toHaveBeenCalledTimes(3);
    expect(listeners.size).toBe(0);
  });

  it("one that is removed by another in the same round is not called any more", () => {
    const listeners = createListeners<[]>(vi.fn<() => void>());
    const heard = vi.fn<() => void>();
    let remove = (): void => undefined;
    listeners.add(() => remove());
    remove = listeners.add(heard);
    listeners.call();
    expect(heard).not.toHaveBeenCalled();
  });

  it("one that is added in a round is called from the next on", () => {
    const listeners = createListeners<[]>(vi.fn<() => void>());
    const heard = vi.fn<() => void>();
    const remove = listeners.add(() => void listeners.add(heard));
    listeners.call();
    expect(heard).not.toHaveBeenCalled();
    remove();
    listeners.call();
    expect(heard).toHaveBeenCalledOnce();
  });

  it("clear removes all", () => {
    const listeners = createListeners<[]>(vi.fn<() => void>());
    const heard = vi.fn<() => void>();
    listeners.add(heard);
    listeners.clear();
    listeners.call();
    expect(heard).not.toHaveBeenCalled();
  });
});

describe("Scenario 8: a subscriber may use the session from inside its callback", () => {
  it.each(["token", "refresh", "signOut", "signIn", "dispose", "ready"] as const)(
    "%s does not deadlock",
    async (name) => {
      const browser = createFakeBrowser();
      const { runtime } = browser.openTab();
      const calls = {
        token: () => runtime.token(undefined),
        refresh: () => runtime.refresh(),
        signOut: () => runtime.signOut("this"),
        signIn: () => runtime.signIn(() => browser.server.logIn("bob")),
        dispose: () => runtime.dispose(),
        ready: () => runtime.ready(),
      };
      const promises: { readonly outcome: { readonly status: string } }[] = [];
      runtime.subscribe(() => {
        if (promises.length === 0) promises.push(watch(Promise.resolve<unknown>(calls[name]())));
      });
      const signedIn = watch(runtime.signIn(() => browser.server.logIn("ada")));
      await browser.time.advance(5_000);
      expect(promises.map(({ outcome }) => outcome.status)).toEqual(["resolved"]);
      expect(signedIn.outcome.status).not.toBe("pending");
    },
  );

  it("also while the session starts", async () => {
    const browser = createFakeBrowser();
    await browser.signedInTab();
    const { runtime } = browser.openTab();
    const promises: { readonly outcome: { readonly status: string } }[] = [];
    runtime.subscribe(() => promises.push(watch(runtime.token(undefined)), watch(runtime.refresh())));
    await browser.time.advance(5_000);
    expect(promises.map(({ outcome }) => outcome.status)).toEqual(["resolved", "resolved"]);
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("a subscriber sees the state it is told of, and the one before", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const seen: string[] = [];
    runtime.subscribe((now, before) => {
      expect(runtime.snapshot()).toBe(now);
      seen.push(`${before.status} → ${now.status}`);
    });
    const signedIn = runtime.signIn(() => browser.server.logIn("ada"));
    await browser.time.advance(100);
    await signedIn;
    void runtime.signOut("this");
    await browser.time.advance(1_000);
    expect(seen).toEqual(["unauthenticated → authenticated", "authenticated → unauthenticated"]);
  });

  it("a subscriber that throws is reported, and the others and the machine go on", async () => {
    const browser = createFakeBrowser();
    const { runtime, reported } = browser.openTab();
    const heard = vi.fn<() => void>();
    runtime.subscribe(() => {
      throw new Error("the application's own mistake");
    });
    runtime.inspect(() => {
      throw new Error("the inspector's own mistake");
    });
    runtime.subscribe(heard);
    const signedIn = runtime.signIn(() => browser.server.logIn("ada"));
    await browser.time.advance(100);
    expect(await signedIn).toMatchObject({ status: "authenticated" });
    expect(heard).toHaveBeenCalledOnce();
    expect(reported.length).toBeGreaterThan(1);
  });
});

describe("L7: subscribers run last", () => {
  it("the lock is given back before any of them is told", async () => {
    const browser = createFakeBrowser();
    await browser.signedInTab();
    const order: string[] = [];
    const { runtime } = browser.openTab({
      policy: { shareToken: false },
      ports: ({ lock }) => ({
        lock: {
          request: lock.request,
          release() {
            order.push("released");
            lock.release();
          },
        },
      }),
    });
    runtime.subscribe(() => void order.push("told"));
    await browser.time.advance(5_000);
    expect(order).toEqual(["released", "told"]);
  });
});

describe("L10: what changes nothing tells nobody", () => {
  it("Scenario 31: focus, showing and hiding, and a silent refresh call no subscriber and keep the snapshot", async () => {
    const browser = createFakeBrowser();
    const { runtime, lifecycle } = await browser.signedInTab();
    const heard = vi.fn<() => void>();
    runtime.subscribe(heard);
    const before = runtime.snapshot();
    lifecycle.emit({ type: "woke", cause: "focused" }, { type: "woke", cause: "online" });
    lifecycle.hide();
    lifecycle.show();
    await browser.time.advance(3_600_000);
    expect(browser.server.refreshes.length).toBeGreaterThan(5);
    expect(heard).not.toHaveBeenCalled();
    expect(runtime.snapshot()).toBe(before);
  });
});
