/**
 * A real session for the tests of an application: the core's own code over doubles, so that it keeps the same promises. No
 * cookie, no lock, no network, and time that passes when the test says so.
 */
import type { Session, SessionOptions } from "@lockstep/core";
import { assembleSession } from "@lockstep/core/internals";
import type { BackendOptions, FakeBackend, TestUser } from "./fake-backend.js";
import { createFakeBrowser } from "./fake-browser.js";
import type { FakeLifecycle } from "./fake-lifecycle.js";
import type { ManualClock } from "./manual-clock.js";
import { createMemoryLock } from "./memory-lock.js";
import { microtask } from "./soon.js";

export interface TestSessionOptions
  extends
    BackendOptions,
    Pick<SessionOptions, "audience" | "shareToken" | "keepFresh" | "replayUnsafe" | "stepUp"> {
  /** Who is signed in as the session starts. Default: nobody. */
  readonly user?: string | TestUser;
  /** Where `session.fetch` sends requests. Default: to the backend's own API. */
  readonly fetch?: typeof globalThis.fetch;
  /** The page's own origin, which gets the token. Default: that of `location`, else `http://localhost`. */
  readonly origin?: string;
  /** `false`: the session waits for its `start()` or its first use. Default `true`. */
  readonly start?: boolean;
  /** Gets what a subscriber threw. Default: it surfaces as an unhandled error, as it would on a page. */
  readonly report?: (error: unknown) => void;
}

/** A tab, and what can happen to it. */
export interface TestTab<Claims = unknown, User = TestUser> {
  readonly session: Session<Claims, User>;
  /** The user looks at another tab, or comes back to this one. */
  hide(): void;
  show(): void;
  /** The page goes into the back/forward cache: no message reaches it there. */
  leave(): void;
  /** It is restored from there. */
  comeBack(): void;
  /** The user clicks or types. */
  act(): void;
  /** For all else that happens to a page. */
  readonly lifecycle: FakeLifecycle;
}

export interface TestSession<Claims = unknown, User = TestUser> extends TestTab<Claims, User> {
  readonly clock: ManualClock;
  readonly backend: FakeBackend;
  /** Another tab of the same browser. */
  openTab(): TestTab<Claims, User>;
  /** Ends it all: disposes the sessions of all tabs. */
  close(): void;
}

function ownOrigin(): string {
  const origin = typeof location === "undefined" ? "" : location.origin;
  return origin.startsWith("http") ? origin : "http://localhost";
}

/** An unhandled rejection: what a test runner does not overlook. */
function surface(error: unknown): void {
  microtask(() => {
    throw error;
  });
}

/**
 * Makes a session for a test.
 *
 * It answers without any time passing, as long as nothing is told to take time: `await session.ready()` is enough.
 *
 * @example
 * ```ts
 * import { createTestSession } from "@lockstep/testing";
 *
 * const { session, backend, clock } = createTestSession({ user: { id: "ada", name: "Ada" } });
 * await session.ready();
 * backend.trouble = { code: "rate-limited", retryAfterMs: 30_000 };
 * await clock.advance(600_000);
 * ```
 */
export function createTestSession<Claims = unknown, User = TestUser>(
  options: TestSessionOptions = {},
): TestSession<Claims, User> {
  const {
    user,
    fetch,
    origin = ownOrigin(),
    audience = [],
    start = true,
    report = surface,
    shareToken = true,
    keepFresh = false,
    replayUnsafe = true,
    stepUp = null,
    ...backendOptions
  } = options;
  const browser = createFakeBrowser({ latencyMs: 0, ...backendOptions });
  const { time: clock, server: backend } = browser;
  const stepUpLock = createMemoryLock();
  const sessions: Session[] = [];
  if (user !== undefined) backend.logIn(user);

  function openTab(): TestTab<Claims, User> {
    const tab = browser.blankTab({ policy: { shareToken, keepFresh }, report });
    const { lifecycle, activity } = tab;
    const session = assembleSession({
      canStart: () => true,
      boot: () => tab.boot().runtime,
      fetch: fetch ?? backend.fetch,
      isAudience: (url) => url.origin === origin || audience.includes(url.origin),
      replayUnsafe,
      endpoint: () => `${origin}/session`,
      stepUp: stepUp && {
        handler: stepUp,
        lock: stepUpLock.tab(),
        timers: tab.timers,
        isVisible: lifecycle.isVisible,
        onVisibility: (listener) => lifecycle.attach(listener),
      },
    });
    sessions.push(session);
    if (start) session.start();
    return {
      session: session as Session<Claims, User>,
      lifecycle,
      hide: lifecycle.hide,
      show: lifecycle.show,
      leave() {
        lifecycle.emit({ type: "suspended", cause: "left" });
        tab.hears = false;
      },
      comeBack() {
        tab.hears = true;
        lifecycle.emit({ type: "woke", cause: "restored" }, { type: "woke", cause: "shown" });
      },
      act: activity.act,
    };
  }

  return {
    ...openTab(),
    clock,
    backend,
    openTab,
    close() {
      for (const session of sessions) session.dispose();
    },
  };
}
