import { isSessionError } from "@lockstep/core";
import { createTestSession, settle } from "@lockstep/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ada, signedIn } from "./signed-in.js";

afterEach(() => void vi.useRealTimers());

describe("a test session begins as the test says", () => {
  it("with nobody signed in, which is known at once", () => {
    const { session } = createTestSession();
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "no-session" });
  });

  it("with somebody signed in, claims and all, without any time passing", async () => {
    const { session, clock } = createTestSession({ user: ada, claims: () => ({ role: "admin" }) });
    const before = clock.passed();
    expect(session.getSnapshot()).toEqual({ status: "loading", problem: null });
    expect(await session.ready()).toMatchObject({
      status: "authenticated",
      user: ada,
      claims: { sub: "ada", role: "admin" },
    });
    expect(clock.passed()).toBe(before);
  });

  it("not started, as an application's own is before start()", async () => {
    const { session, backend } = createTestSession({ user: ada, start: false });
    await settle();
    expect(session.getSnapshot().status).toBe("loading");
    expect(backend.refreshes).toEqual([]);
    session.start();
    expect((await session.ready()).status).toBe("authenticated");
  });

  it("L5: and never shows a token in its snapshot", async () => {
    const { session } = await signedIn();
    expect(JSON.stringify(session.getSnapshot())).not.toContain(await session.getAccessToken());
  });
});

describe("a test session signs in and out", () => {
  it("with the backend's login, or with any other answer", async () => {
    const { session, backend } = createTestSession();
    expect(await session.signIn(() => backend.logIn(ada))).toMatchObject({ user: ada });
    await session.signIn(() => {
      backend.logIn("bob");
      return new Response("welcome");
    });
    expect(session.getSnapshot()).toMatchObject({ user: { id: "bob" } });
    await expect(session.signIn(() => new Response(null, { status: 403 }))).rejects.toMatchObject({
      code: "sign-in-failed",
    });
  });

  it("L3: in every tab at once", async () => {
    const { session, openTab } = await signedIn();
    const other = openTab();
    await other.session.ready();
    expect(await session.signOut()).toEqual({ revoked: true });
    expect(other.session.getSnapshot()).toEqual({
      status: "unauthenticated",
      reason: "signed-out-elsewhere",
    });
    await expect(other.session.getAccessToken()).rejects.toSatisfy(isSessionError);
  });

  it("L3: also a tab that was in the back/forward cache meanwhile", async () => {
    const { session, openTab } = await signedIn();
    const other = openTab();
    await other.session.ready();
    other.leave();
    await session.signOut();
    expect(other.session.getSnapshot().status).toBe("authenticated");
    other.comeBack();
    expect(other.session.getSnapshot().status).toBe("unauthenticated");
  });

  it("L10: a tab in the back/forward cache refreshes nothing; restored, it hears of everything again", async () => {
    const { session, backend, clock, openTab, leave, comeBack } = await signedIn();
    leave();
    await clock.advance(3_600_000);
    expect(backend.refreshes).toHaveLength(1);
    comeBack();
    await session.getAccessToken();
    await openTab().session.signOut();
    expect(session.getSnapshot()).toMatchObject({ reason: "signed-out-elsewhere" });
  });

  it("is told of the end when another device, or an administrator, makes one", async () => {
    const { session, backend, clock } = await signedIn();
    backend.revoke();
    await clock.advance(300_000);
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "revoked" });
  });

  it("idle for too long, where the backend has such a rule", async () => {
    const { session, act, clock } = await signedIn({ idleLifetimeMs: 1_800_000, lifetimeMs: 300_000 });
    for (let quarters = 0; quarters < 4; quarters += 1) {
      act();
      await clock.advance(900_000);
    }
    expect(session.getSnapshot().status).toBe("authenticated");
    await clock.advance(3_600_000);
    expect(session.getSnapshot()).toMatchObject({ reason: "idle" });
  });

  it("never by itself, where the backend has no such rules", async () => {
    const { session, clock } = await signedIn({ lifetimeMs: 3_600_000 });
    await clock.advance(86_400_000);
    expect(session.getSnapshot().status).toBe("authenticated");
  });
});

describe("L1: several tabs of a test", () => {
  it("share one token, and one refresh a lifetime", async () => {
    const { session, backend, clock, openTab } = await signedIn();
    const others = [openTab(), openTab(), openTab()];
    await Promise.all(others.map((tab) => tab.session.ready()));
    const tokens = [session, ...others.map((tab) => tab.session)].map((each) => each.getAccessToken());
    expect(new Set(await Promise.all(tokens)).size).toBe(1);
    expect(backend.refreshes).toHaveLength(1);
    await clock.advance(300_000);
    expect(backend.refreshes).toHaveLength(2);
  });

  it("L10: refresh nothing while all of them are hidden", async () => {
    const { backend, clock, hide, show } = await signedIn();
    hide();
    await clock.advance(3_600_000);
    expect(backend.refreshes).toHaveLength(1);
    show();
    await clock.advance(1_000);
    expect(backend.refreshes).toHaveLength(2);
  });

  it("refresh ahead though they are hidden, with keepFresh", async () => {
    const { backend, clock, hide } = await signedIn({ keepFresh: true });
    hide();
    await clock.advance(300_000);
    expect(backend.refreshes).toHaveLength(2);
  });

  it("cost a refresh each, with shareToken: false", async () => {
    const { backend, clock, openTab } = await signedIn({ shareToken: false });
    const other = openTab();
    await clock.advance(60_000);
    expect(other.session.getSnapshot().status).toBe("authenticated");
    expect(backend.refreshes).toHaveLength(2);
  });

  it("are all disposed by close()", async () => {
    const { session, close, openTab } = await signedIn();
    const other = openTab();
    close();
    for (const each of [session, other.session])
      await expect(each.getAccessToken()).rejects.toMatchObject({ code: "disposed" });
  });
});

describe("the runner's own clock is left alone", () => {
  it("fake timers, of whichever kind, change nothing", async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Date", "performance"],
    });
    const { session, backend, clock, openTab } = await signedIn();
    const other = openTab();
    await other.session.ready();
    await clock.advance(300_000);
    expect(backend.refreshes).toHaveLength(2);
    expect(await session.getAccessToken()).toBe(await other.session.getAccessToken());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("what a subscriber throws is told, and stops nobody", async () => {
    const reported: unknown[] = [];
    const { session } = createTestSession({ user: ada, report: (error) => void reported.push(error) });
    session.subscribe(() => {
      throw new Error("the application's own mistake");
    });
    await session.ready();
    expect(reported).toEqual([new Error("the application's own mistake")]);
  });
});
