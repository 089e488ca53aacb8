import { describe, expect, it, vi } from "vitest";

/** The names of all globals. */
const globals = (): string[] => Object.getOwnPropertyNames(globalThis).toSorted();

describe("R-067, E10: on a server", () => {
  it("importing touches nothing: no global appears, no timer, listener, channel or request begins", async () => {
    const before = globals();
    const spies = [
      vi.spyOn(globalThis, "setTimeout"),
      vi.spyOn(globalThis, "setInterval"),
      vi.spyOn(globalThis, "fetch"),
      vi.spyOn(globalThis, "BroadcastChannel"),
      vi.spyOn(navigator.locks, "request"),
      vi.spyOn(process, "on"),
    ];
    vi.resetModules();
    const { createSession } = await import("../src/index.js");
    const timers = spies[0]?.mock.calls.length ?? 0;
    createSession();
    expect(globals()).toEqual(before);
    expect(spies[0]?.mock.calls.length).toBe(timers);
    for (const spy of spies.slice(1)) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it("a session is loading, for ever the same object, and start() does nothing", async () => {
    const { createSession } = await import("../src/index.js");
    const session = createSession();
    const snapshot = session.getSnapshot();
    expect(snapshot).toEqual({ status: "loading", problem: null });
    session.start();
    expect(session.getSnapshot()).toBe(snapshot);
    expect(Object.isFrozen(snapshot)).toBe(true);
  });

  it("subscribe and inspect give an unsubscriber, and keep nothing", async () => {
    const { createSession } = await import("../src/index.js");
    const session = createSession();
    const heard = vi.fn<() => void>();
    const unsubscribe = [session.subscribe(heard), session.inspect(heard)];
    for (const stop of unsubscribe) {
      stop();
      stop();
    }
    expect(heard).not.toHaveBeenCalled();
  });

  it("what needs a browser rejects with unsupported-environment, and never throws", async () => {
    const { createSession } = await import("../src/index.js");
    const session = createSession({ audience: ["https://api.example.com"] });
    const call = vi.fn<() => void>();
    const promises = [
      session.getAccessToken(),
      session.refresh(),
      session.ready(),
      session.signIn(call),
      session.signOut(),
      session.fetch("https://api.example.com/orders"),
    ];
    for (const promise of promises)
      await expect(promise).rejects.toMatchObject({ code: "unsupported-environment" });
    expect(call).not.toHaveBeenCalled();
  });

  it("a request to elsewhere goes out as it is", async () => {
    const sent = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("ok"));
    const { createSession } = await import("../src/index.js");
    const response = await createSession().fetch("https://cdn.example/");
    expect(await response.text()).toBe("ok");
    expect(sent).toHaveBeenCalledOnce();
    sent.mockRestore();
  });

  it("dispose is fine, and final", async () => {
    const { createSession } = await import("../src/index.js");
    const session = createSession();
    session.dispose();
    session.dispose();
    session.start();
    await expect(session.getAccessToken()).rejects.toMatchObject({ code: "disposed" });
  });
});
