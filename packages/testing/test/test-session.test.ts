import { isSessionError } from "@lockstep/core";
import { createTestSession, settle, watch, type TestSessionOptions } from "@lockstep/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

const ada = { id: "ada", name: "Ada" };

afterEach(() => void vi.useRealTimers());

async function signedIn(options: TestSessionOptions = {}) {
  const test = createTestSession({ user: ada, ...options });
  await test.session.ready();
  return test;
}

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
});

describe("trouble can be made", () => {
  it("L4: a server that fails signs nobody out, and the session recovers", async () => {
    const { session, backend, clock } = await signedIn();
    backend.trouble = { code: "unavailable", status: 503 };
    await clock.advance(600_000);
    expect(session.getSnapshot()).toMatchObject({ status: "authenticated", problem: "unavailable" });
    const error = watch(session.getAccessToken());
    await clock.advance(60_000);
    expect(error.outcome).toMatchObject({ status: "rejected", error: { code: "unavailable" } });
    backend.trouble = null;
    await clock.advance(120_000);
    expect(session.getSnapshot()).toMatchObject({ status: "authenticated", problem: null });
  });

  it("L10: a server that limits the rate is left alone for as long as it asks", async () => {
    const { session, backend, clock } = await signedIn();
    backend.trouble = { code: "rate-limited", status: 429, retryAfterMs: 120_000 };
    await session.refresh().catch(() => undefined);
    const before = backend.refreshes.length;
    await clock.advance(119_000);
    expect(backend.refreshes).toHaveLength(before);
  });

  it("L7: a server that hangs keeps nobody waiting for ever", async () => {
    const { session, backend, clock } = await signedIn();
    backend.trouble = "silence";
    const refreshed = watch(session.refresh());
    await clock.advance(60_000);
    expect(refreshed.outcome).toMatchObject({ status: "rejected", error: { code: "timeout" } });
  });

  it("L2: a session that a thief's replay ended is over", async () => {
    const { session, backend, clock } = await signedIn();
    backend.script = () => ({ kind: "ended", reason: "reuse-detected" });
    await clock.advance(300_000);
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "reuse-detected" });
  });
});

describe("session.fetch", () => {
  const url = "http://localhost/api/orders";

  it("reaches the backend's API with the token", async () => {
    const { session } = await signedIn();
    const response = await session.fetch(url);
    expect(await response.json()).toEqual({ user: ada });
  });

  it("is refused there while nobody is signed in", async () => {
    const { session } = createTestSession();
    const response = await session.fetch(url);
    expect([response.status, response.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
  });

  it("asks once more with a new token where the old one is refused", async () => {
    const { session, backend, clock } = await signedIn();
    await clock.advance(60_000);
    backend.refuseTokens();
    expect((await session.fetch(url)).status).toBe(200);
    expect(backend.refreshes).toHaveLength(2);
  });

  it("goes to the test's own fetch, with the token to the page's origin and the audience only (L8)", async () => {
    const seen: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      seen.push(new Request(input, init).headers.get("Authorization"));
      return new Response();
    };
    const { session } = await signedIn({
      fetch,
      origin: "https://app.example",
      audience: ["https://api.example"],
    });
    for (const each of ["https://app.example/a", "https://api.example/b", "https://other.example/c"])
      await session.fetch(each);
    const token = `Bearer ${await session.getAccessToken()}`;
    expect(seen).toEqual([token, token, null]);
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
