/** L3: once sign-out was called in any tab, no tab hands out a token of that session again. */
import { answering, holdAnswer, reset } from "../support/faults.js";
import { expect, signIn, test, type World } from "../support/fixtures.js";
import { expectConnected } from "../support/history.js";
import { freeze } from "../support/real-tabs.js";
import type { Tab } from "../support/tabs.js";

async function twoTabs({ openSignedIn, openTab }: World): Promise<[Tab, Tab]> {
  const first = await openSignedIn();
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  return [first, second];
}

async function expectSignedOut(tab: Tab, reason: string): Promise<void> {
  expect(await tab.status()).toBe(`unauthenticated: ${reason}`);
  expect(await tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated", reason });
}

for (const where of ["the same", "the other"] as const) {
  test(`L3, scenario 22: sign-out in ${where} tab during a refresh; the late answer restores nothing`, async ({
    world: create,
  }) => {
    const world = await create();
    const [refreshing, other] = await twoTabs(world);
    const leaving = where === "the same" ? refreshing : other;
    const { backend } = world;
    const held = holdAnswer(backend);
    const waiting = refreshing.refresh();
    await held.reached;

    const signedOut = leaving.eval(() => window.outcome(window.session.signOut()));
    await expect.poll(() => leaving.status()).toBe("unauthenticated: signed-out");
    const staying = leaving === refreshing ? other : refreshing;
    await expect.poll(() => staying.status()).toBe("unauthenticated: signed-out-elsewhere");
    expect(await waiting).toMatchObject({ ok: false, code: "unauthenticated" });
    held.release();

    expect(await signedOut).toEqual({ ok: true, value: { revoked: true } });
    expect(backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["signed-out"]);
    await expectSignedOut(leaving, "signed-out");
    await expectSignedOut(staying, "signed-out-elsewhere");
    await refreshing.page.reload();
    await refreshing.page.waitForFunction(() => window.loaded === true);
    await expectSignedOut(refreshing, "signed-out");
    expect(backend.refreshes()).toHaveLength(1);
    expect((await world.context.cookies()).map(({ name }) => name)).not.toContain("__Host-lockstep");
  });
}

/** What this page's scripts write for all tabs arrives late there: later than its messages. */
const writesLate = (): void => {
  const late = (write: () => void): void => void setTimeout(write, 200);
  const jar = Object.getOwnPropertyDescriptor(Document.prototype, "cookie") as PropertyDescriptor;
  let isLate = false;
  Object.assign(window, { writeLate: () => (isLate = true) });
  Object.defineProperty(Document.prototype, "cookie", {
    ...jar,
    set(this: Document, cookie: string) {
      if (isLate) late(() => jar.set?.call(this, cookie));
      else jar.set?.call(this, cookie);
    },
  });
  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function (this: Storage, key, value) {
    if (isLate) late(() => setItem.call(this, key, value));
    else setItem.call(this, key, value);
  };
};

/** Like a hidden page's, but more so: none of its timers fires from some moment on. */
const timersStop = (): void => {
  const { setTimeout } = window;
  let areStopped = false;
  Object.assign(window, { stopTimers: () => (areStopped = true) });
  window.setTimeout = ((run: () => void, ms?: number) =>
    areStopped ? 0 : setTimeout(run, ms)) as typeof window.setTimeout;
};

test("L3, L13: a tab that no timer wakes learns of a sign-out whose message was ahead of the register", async ({
  world,
}) => {
  const { openSignedIn, openTab } = await world();
  const leaving = await openSignedIn("ann", { before: writesLate });
  const other = await openTab({ before: timersStop });
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  await other.eval(() => (window as unknown as { stopTimers(): void }).stopTimers());
  await leaving.eval(() => {
    (window as unknown as { writeLate(): void }).writeLate();
    void window.session.signOut();
  });
  await expect.poll(() => other.status()).toBe("unauthenticated: signed-out-elsewhere");
});

test("L3, scenario 22: an answer that lands after the revocation puts its cookie back, and still restores nothing", async ({
  world: create,
}) => {
  const world = await create();
  const { backend, context, openTab } = world;
  const [refreshing, other] = await twoTabs(world);
  const held = holdAnswer(backend);
  await refreshing.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
  await held.reached;
  // The flight gets its moment to land; then the revocation goes out without it.
  expect(await refreshing.eval(() => window.outcome(window.session.signOut()))).toMatchObject({
    value: { revoked: true },
  });
  expect(backend.to("/session/sign-out")).toHaveLength(1);
  held.release();
  await expect
    .poll(async () => (await context.cookies()).map(({ name }) => name), "the late cookie is in the jar")
    .toContain("__Host-lockstep");
  for (const tab of [refreshing, other]) {
    expect(await tab.status()).toMatch(/^unauthenticated: signed-out/);
    expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated" });
  }
  const fresh = await openTab();
  await expectSignedOut(fresh, "signed-out");
  expect(backend.refreshes()).toHaveLength(1);
});

test("L3, scenario 24: offline sign-out is at once and everywhere; back online the revocation goes first", async ({
  world: create,
}) => {
  const world = await create();
  const { backend, setOffline } = world;
  const [leaving, other] = await twoTabs(world);
  await setOffline(true);
  const signedOut = leaving.eval(() => window.outcome(window.session.signOut()));
  await expect.poll(() => other.status()).toBe("unauthenticated: signed-out-elsewhere");
  await expectSignedOut(leaving, "signed-out");
  expect(await signedOut).toEqual({ ok: true, value: { revoked: false } });
  expect(backend.eventsOf("session-ended")).toEqual([]);

  await setOffline(false);
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
  await expect.poll(() => leaving.inspected("revocation-confirmed")).toHaveLength(1);
  await signIn(other, "bob");
  const posted = backend.requests.filter(({ method }) => method === "POST").map(({ path }) => path);
  const paths = posted.filter((path) => /^\/(session|login)/.test(path));
  expect(paths).toEqual(["/login", "/session/sign-out", "/login"]);
  await expect.poll(() => leaving.status()).toBe("authenticated as bob");
});

test("L3, scenario 24: a reload while the server cannot be reached stays signed out, and revokes when it can", async ({
  world: create,
}) => {
  const world = await create();
  const { backend, openTab } = world;
  const [leaving, other] = await twoTabs(world);
  backend.intercept("/session/", reset);
  expect(await leaving.eval(() => window.outcome(window.session.signOut()))).toMatchObject({
    value: { revoked: false },
  });
  await leaving.page.reload();
  await leaving.page.waitForFunction(() => window.loaded === true);
  await expectSignedOut(leaving, "signed-out");
  await expectSignedOut(await openTab(), "signed-out");
  await expectSignedOut(other, "signed-out-elsewhere");
  backend.clear("/session/");
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
  expect(backend.refreshes()).toEqual([]);
});

test("L3, scenario 27: a sign-out that the server answers with a 500 holds here, and is repeated until it is heard", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  backend.intercept("/session/sign-out", answering("Oops", { status: 500 }), 1);
  const outcome = await tab.eval(() => window.outcome(window.session.signOut()));
  expect(outcome).toEqual({ ok: true, value: { revoked: false } });
  await expectSignedOut(tab, "signed-out");
  await expect.poll(() => tab.inspected("revocation-confirmed")).toHaveLength(1);
  expect(backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["signed-out"]);
  expect(backend.to("/session/sign-out")).toHaveLength(2);
  expect(backend.refreshes()).toEqual([]);
});

test("L3: a captive portal's 200 to a sign-out is not taken for the server's word", async ({ world }) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  const portal = answering("<html>Welcome</html>", { headers: { "content-type": "text/html" } });
  backend.intercept("/session/sign-out", portal, 1);
  expect(await tab.eval(() => window.outcome(window.session.signOut()))).toMatchObject({
    value: { revoked: false },
  });
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
});

test("L3: sign-out in the turn before the tab is closed reaches the server", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  await tab.eval(() => void window.session.signOut().catch((error: unknown) => window.note(error)));
  await tab.page.close();
  const next = await openTab();
  await expectSignedOut(next, "signed-out");
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
});

test("L7, scenario 26b: of twenty tabs nineteen learn of the sign-out from a message, and ask the server nothing", async ({
  world,
}) => {
  const { backend, openSignedIn, openTabs } = await world();
  const first = await openSignedIn();
  const others = await openTabs(19);
  for (const tab of others) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  const before = backend.refreshes().length;
  await first.eval(async () => void (await window.session.signOut()));
  await Promise.all(
    others.map((tab) => expect.poll(() => tab.status()).toBe("unauthenticated: signed-out-elsewhere")),
  );
  const outcomes = await Promise.all(others.map((tab) => tab.getAccessToken()));
  expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(["unauthenticated"]));
  expect(backend.refreshes()).toHaveLength(before);
  expect(backend.to("/session/sign-out")).toHaveLength(1);
});

/**
 * Lets this tab see cookies and Web Storage 100 ms late, once `lag` is set. Chromium does so by itself now and then, by a
 * few milliseconds: a message can overtake the cookie that was written before it was sent.
 */
const lagBehind = (): void => {
  const lagMs = 100;
  const seen: { at: number; cookie: string; storage: (key: string) => string | null }[] = [];
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  const getItem = Storage.prototype.getItem;
  const look = (): void => {
    try {
      const items = new Map(Object.keys(localStorage).map((key) => [key, getItem.call(localStorage, key)]));
      seen.push({
        at: performance.now(),
        cookie: cookie?.get?.call(document) as string,
        storage: (key) => items.get(key) ?? null,
      });
    } catch {
      // Firefox runs this in the blank page that comes before, too, which may have no storage.
    }
  };
  const late = (): (typeof seen)[number] | undefined => {
    if (!("lag" in window)) return undefined;
    return seen.findLast(({ at }) => performance.now() - at >= lagMs);
  };
  setInterval(look, 10);
  Object.assign(window, { seen });
  Object.defineProperty(Document.prototype, "cookie", {
    ...cookie,
    get: () => late()?.cookie ?? (cookie?.get?.call(document) as string),
  });
  Storage.prototype.getItem = function get(this: Storage, key: string) {
    const then = late();
    return then === undefined ? getItem.call(this, key) : then.storage(key);
  };
};

test("L3, L9: a sign-out reaches the other tab though its message overtakes the register", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const leaving = await openSignedIn();
  const other = await openTab({ before: lagBehind });
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  await other.eval(() => void Object.assign(window, { lag: true }));
  expect(await other.eval(() => (window as unknown as { seen: unknown[] }).seen.length)).toBeGreaterThan(0);
  // The server cannot be told, so that no second message follows.
  backend.intercept("/session/", reset);
  expect(await leaving.eval(() => window.outcome(window.session.signOut()))).toMatchObject({ ok: true });
  await expect
    .poll(() => other.status(), { timeout: 5_000, message: "nobody asks this tab for anything" })
    .toBe("unauthenticated: signed-out-elsewhere");
});

/** What the application's own listeners saw at the very moment the page came back. */
const watchReturn = (): void => {
  const seen: unknown[] = [];
  const note = (event: Event): void => {
    const status = window.session.getSnapshot().status;
    const persisted = event instanceof PageTransitionEvent ? event.persisted : undefined;
    const entry = { type: event.type, persisted, status, token: "" };
    seen.push(entry);
    void window.session.getAccessToken().then(
      () => (entry.token = "handed out"),
      (error: unknown) => (entry.token = (error as { code: string }).code),
    );
  };
  window.addEventListener("pageshow", note);
  document.addEventListener("resume", note);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") note(new Event("shown"));
  });
  Object.assign(window, { seen });
};
const seenOnReturn = (): unknown => (window as unknown as { seen: unknown[] }).seen;

test(
  "L3, L9, scenario 26: a page back from bfcache shows nothing of a session that ended meanwhile",
  { tag: "@background" },
  async ({ world }) => {
    const { backend, context, openSignedIn, openTab } = await world({ real: true });
    const cached = await openSignedIn();
    await cached.eval(watchReturn);
    await expectConnected(cached, backend);
    await cached.page.goto(`${backend.origin}/other`);
    // A message would evict the cached page in Chromium; WebKit drops it and restores. Here it is lost, too.
    const other = await openTab({
      page: await context.newPage(),
      before: () => (BroadcastChannel.prototype.postMessage = () => undefined),
    });
    await expect.poll(() => other.status()).toBe("authenticated as ann");
    await other.eval(async () => void (await window.session.signOut()));
    await cached.page.bringToFront();
    await cached.page.goBack({ waitUntil: "commit" });
    const gone = { status: "unauthenticated", token: "unauthenticated" };
    await expect
      .poll(() => cached.eval(seenOnReturn))
      .toEqual([
        { type: "resume", persisted: undefined, ...gone },
        { type: "shown", persisted: undefined, ...gone },
        { type: "pageshow", persisted: true, ...gone },
      ]);
    await expectSignedOut(cached, "signed-out-elsewhere");
  },
);

test(
  "L3, L9, scenario 26: a tab that was frozen during sign-out thaws signed out",
  { tag: "@background" },
  async ({ world }) => {
    const { context, openSignedIn, openTab } = await world({ real: true });
    const frozen = await openSignedIn();
    await frozen.eval(watchReturn);
    const other = await openTab({ page: await context.newPage() });
    await other.page.bringToFront();
    await expect.poll(() => other.status()).toBe("authenticated as ann");
    await frozen.page.waitForFunction(() => document.visibilityState === "hidden");
    const { thaw } = await freeze(frozen.page);
    await other.eval(async () => void (await window.session.signOut()));
    await thaw();
    await frozen.page.bringToFront();
    await expect
      .poll(() => frozen.eval(seenOnReturn))
      .toEqual([
        { type: "resume", persisted: undefined, status: "unauthenticated", token: "unauthenticated" },
        { type: "shown", persisted: undefined, status: "unauthenticated", token: "unauthenticated" },
      ]);
  },
);
