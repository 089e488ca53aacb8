/** L10: nothing happens that nobody needs, and nothing is left behind. */
import { holdAnswer } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import type { Tab } from "../support/tabs.js";

test("L10, scenario 32: anonymous visitors cause no request to the session endpoint, and no 401", async ({
  world,
}) => {
  const { backend, openTabs } = await world();
  const tabs = await openTabs(3);
  for (const tab of tabs) {
    expect(await tab.status()).toBe("unauthenticated: no-session");
    const answer = await tab.eval(
      async () => (await window.session.fetch("/api/public")).json() as Promise<unknown>,
    );
    expect(answer).toEqual({ authorised: false });
    expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated", reason: "no-session" });
    await tab.eval(() => void window.dispatchEvent(new Event("focus")));
  }
  expect(backend.requests.filter(({ path }) => path.startsWith("/session"))).toEqual([]);
  expect(backend.requests.filter(({ status }) => status === 401)).toEqual([]);
});

test(
  "L10, scenario 31: switching between tabs emits nothing, and asks the server for nothing but who is told",
  { tag: "@background" },
  async ({ world }) => {
    const { backend, context, openSignedIn, openTab } = await world({ real: true });
    const first = await openSignedIn();
    const second = await openTab({ page: await context.newPage() });
    await expect.poll(() => second.status()).toBe("authenticated as ann");
    const count = async (): Promise<number[]> =>
      Promise.all([first, second].map((tab) => tab.eval(() => window.changes.length)));
    const before = await count();
    const requests = (): number => backend.requests.filter(({ path }) => path !== "/session/events").length;
    const sent = requests();
    const listened = backend.to("/session/events").length;
    for (let round = 0; round < 4; round += 1) {
      for (const { page } of [first, second]) {
        await page.bringToFront();
        await page.waitForFunction(() => document.visibilityState === "visible", undefined, { polling: 20 });
      }
    }
    expect(
      (await first.inspected("transition")).filter(({ event }) => event === "woke").length,
    ).toBeGreaterThan(2);
    expect(await count()).toEqual(before);
    expect(requests()).toBe(sent);
    // Whoever comes to the front listens: the first may have begun before, and the last not yet.
    expect(backend.to("/session/events").length - listened).toBeLessThanOrEqual(9);
  },
);

test("L10: a silent refresh tells subscribers nothing, and leaves the snapshot the same object", async ({
  world,
}) => {
  const { openSignedIn } = await world();
  const tab = await openSignedIn();
  const seen = await tab.eval(async () => {
    const before = window.session.getSnapshot();
    const { length } = window.changes;
    await window.session.refresh();
    return { same: window.session.getSnapshot() === before, told: window.changes.length - length };
  });
  expect(seen).toEqual({ same: true, told: 0 });
});

test("L10, scenario 33: background refreshes do not keep an idle user signed in", async ({ world }) => {
  const { backend, openSignedIn } = await world({ lifetimeSeconds: 2, idleSeconds: 5 });
  const tab = await openSignedIn();
  await expect.poll(() => tab.status()).toBe("unauthenticated: idle");
  expect(backend.eventsOf("session-refreshed").length).toBeGreaterThan(0);
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
});

async function locksOfOurs({ page }: Tab): Promise<string[]> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [...held, ...pending].map(({ name = "" }) => name).filter((name) => name.startsWith("lockstep"));
  });
}

/** How many listeners window and document have, as the browser counts them. */
async function countListeners({ page }: Tab): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  let count = 0;
  for (const expression of ["window", "document"]) {
    const { result } = await devtools.send("Runtime.evaluate", { expression });
    const { listeners } = await devtools.send("DOMDebugger.getEventListeners", {
      objectId: result.objectId ?? "",
    });
    count += listeners.length;
  }
  await devtools.detach();
  return count;
}

test(
  "L7, scenario 29: dispose leaves no lock, listener, timer or channel behind",
  { tag: "@chromium" },
  async ({ world }) => {
    const { backend, openSignedIn, openTab } = await world({ lifetimeSeconds: 2 });
    const tab = await openTab({ idle: true });
    const before = await countListeners(tab);
    const other = await openSignedIn();
    await tab.eval(async () => void (await window.session.ready()));
    expect(await countListeners(tab)).toBeGreaterThan(before);
    expect((await locksOfOurs(tab)).length).toBeGreaterThanOrEqual(2);
    await tab.eval(() => window.session.dispose());
    await tab.eval(() => window.session.dispose());
    expect(await countListeners(tab)).toBe(before);
    const told = await tab.eval(() => [window.inspected.length, window.changes.length]);
    // Two lifetimes of another tab later, nothing was heard of the disposed one.
    const refreshes = backend.refreshes().length;
    await expect.poll(() => backend.refreshes().length).toBeGreaterThanOrEqual(refreshes + 2);
    expect(backend.refreshes().filter((request) => request.tab === tab.number)).toEqual([]);
    expect(await tab.eval(() => [window.inspected.length, window.changes.length])).toEqual(told);
    expect(await tab.getAccessToken()).toMatchObject({ ok: false, code: "disposed" });
    await other.eval(() => window.session.dispose());
    await expect.poll(() => locksOfOurs(tab)).toEqual([]);
  },
);

test("L7, scenario 29: dispose during a refresh settles every caller, and costs nobody the session", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  const next = await openTab();
  await expect.poll(() => next.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend);
  const waiting = tab.refresh();
  await held.reached;
  await tab.eval(() => window.session.dispose());
  expect(await waiting).toMatchObject({ ok: false, code: "disposed" });
  const refreshed = next.refresh();
  await expect.poll(() => next.inspected("claim-awaited")).toHaveLength(1);
  held.release();
  expect((await refreshed).ok).toBe(true);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L7, scenario 29: a session made twice by a double mount works, and the disposed one is silent", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  const status = await tab.eval(async () => {
    const mounted = window.newSession();
    mounted.start();
    mounted.dispose();
    const again = window.newSession();
    const { status } = await again.ready();
    await again.getAccessToken();
    window.session.dispose();
    window.session = again;
    return status;
  });
  expect(status).toBe("authenticated");
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(backend.refreshes()).toEqual([]);
});
