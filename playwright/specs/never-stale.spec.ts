/** L6: no token is handed out that the server would call expired, whatever the clock does. */
import type { Backend, RequestRecord } from "../support/backend.js";
import { withBody } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { openHiddenPage } from "../support/real-tabs.js";

const hourMs = 3_600_000;

/** Between two refreshes, on average: a single one can be late on its way. */
function meanPauseMs({ refreshes }: Backend): number {
  const times = refreshes().map(({ at }) => at);
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1);
}

/** Who asked for what, when, and how it went: what a test that was disappointed has to show. */
function course(requests: readonly RequestRecord[]): readonly string[] {
  const [first] = requests;
  return requests.map(
    ({ at, tab, path, status }) => `${at - (first?.at ?? 0)} ms, tab ${tab}, ${path}: ${status}`,
  );
}

const clocks: Readonly<Record<string, number>> = {
  "65 minutes fast": 65 * 60_000,
  "2 hours slow": -2 * hourMs,
};

for (const [name, clockOffsetMs] of Object.entries(clocks)) {
  test(`L6, scenario 12: with a clock ${name} one lifetime costs one refresh, and no token is stale`, async ({
    world,
  }) => {
    const { backend, openSignedIn, openTab } = await world({ lifetimeSeconds: 2 });
    const tabs = [await openSignedIn("ann", { clockOffsetMs }), await openTab({ clockOffsetMs })];
    // Seven seconds of one tab's work, or more where two cores have other work too.
    await expect
      .poll(() => course(backend.refreshes()), { intervals: [20], timeout: 20_000 })
      .toHaveProperty("4");
    for (const tab of tabs) {
      const { value } = await tab.callApi();
      const calls = backend.requests.filter(({ path }) => /^\/(session|api)\//.test(path));
      expect(value, course(calls).join("\n")).toEqual({ status: 200, user: "ann" });
    }
    expect(meanPauseMs(backend)).toBeGreaterThan(1_000);
    expect(backend.to("/api/echo").map(({ status }) => status)).toEqual([200, 200]);
  });
}

for (const [name, stepMs] of Object.entries({ forward: 65 * 60_000, back: -2 * hourMs })) {
  test(`L6, scenario 12: a clock that steps ${name} while tabs are open starts no storm`, async ({
    world,
  }) => {
    // Beyond what a user may be idle, a step forward is a sleep (attack E3).
    const { backend, openSignedIn, openTab } = await world({ lifetimeSeconds: 2, idleSeconds: 7_200 });
    const tabs = [await openSignedIn("ann", { clockOffsetMs: 0 }), await openTab({ clockOffsetMs: 0 })];
    await expect.poll(() => tabs[1]?.status()).toBe("authenticated as ann");
    const before = backend.refreshes().length;
    const steppedAt = Date.now();
    await Promise.all(tabs.map((tab) => tab.stepClock(stepMs)));
    for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
    await expect
      .poll(() => backend.refreshes().length - before, { intervals: [20] })
      .toBeGreaterThanOrEqual(3);
    const lifetimes = Math.ceil((Date.now() - steppedAt) / 1_500);
    expect(backend.refreshes().length - before).toBeLessThanOrEqual(lifetimes + 1);
    for (const tab of tabs) {
      expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
      expect(await tab.status()).toBe("authenticated as ann");
    }
    expect(backend.to("/api/echo").map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
}

test("L9, scenario 13: after the clock stepped back, a tab opened since signs out, and older tabs hear it", async ({
  world,
}) => {
  const { openSignedIn, openTab } = await world();
  const older = await openSignedIn("ann", { clockOffsetMs: 0 });
  await older.stepClock(-2 * hourMs);
  const newer = await openTab({ clockOffsetMs: -2 * hourMs });
  await expect.poll(() => newer.status()).toBe("authenticated as ann");
  await newer.eval(async () => void (await window.session.signOut()));
  await expect.poll(() => older.status()).toBe("unauthenticated: signed-out-elsewhere");
});

test(
  "L6, L10, scenario 15: a refresh that came due while hidden waits, and is made when the user returns",
  { tag: "@background" },
  async ({ world }) => {
    const { backend, context, openSignedIn } = await world({ real: true, lifetimeSeconds: 8 });
    const tab = await openSignedIn();
    const other = await context.newPage();
    await other.bringToFront();
    await tab.page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 100 });
    await tab.page.waitForFunction(
      () =>
        window.inspected.at(-1)?.type === "transition" &&
        window.inspected.some(
          (event) => event.type === "transition" && event.event === "timer-fired" && event.phase === "parked",
        ),
      undefined,
      { polling: 100 },
    );
    expect(backend.refreshes(), "nothing is refreshed while nobody looks").toEqual([]);
    await tab.page.bringToFront();
    await expect.poll(() => backend.refreshes()).toHaveLength(1);
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
    await expect.poll(async () => (await tab.inspected("refreshed")).length).toBe(2);
  },
);

test(
  "L6: a token that expired while hidden is not handed out on return",
  { tag: "@background" },
  async ({ world }) => {
    const { backend, context, openSignedIn } = await world({ real: true, lifetimeSeconds: 2 });
    const tab = await openSignedIn();
    const other = await context.newPage();
    await other.bringToFront();
    await tab.page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 100 });
    await tab.page.waitForFunction(
      () =>
        performance.now() - (window.inspected.findLast(({ type }) => type === "refreshed")?.at ?? 0) > 2_500,
      undefined,
      { polling: 100 },
    );
    const before = backend.refreshes().length;
    expect((await tab.callApi()).value, "asked while still hidden").toEqual({ status: 200, user: "ann" });
    expect(backend.refreshes()).toHaveLength(before + 1);
    expect(backend.to("/api/echo").map(({ status }) => status)).toEqual([200]);
  },
);

test("L6, scenario 16: a lifetime beyond 2^31 ms fires no timer at once", async ({ world }) => {
  const { backend, openTab } = await world();
  backend.intercept(
    "/login",
    withBody((body) => ({ ...body, expires_in: 2_592_000 })),
    1,
  );
  const tab = await openTab({
    before: () => {
      const delays: number[] = [];
      const original = window.setTimeout;
      Object.assign(window, { delays });
      window.setTimeout = ((handler: () => void, delay = 0) => {
        delays.push(delay);
        return original(handler, delay);
      }) as typeof window.setTimeout;
    },
  });
  await tab.eval(
    async () => void (await window.session.signIn(() => fetch("/login?user=ann", { method: "POST" }))),
  );
  const delays = await tab.eval(() => (window as unknown as { delays: number[] }).delays);
  expect(Math.max(...delays), "a day at a time").toBe(86_400_000);
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  const fired = (await tab.inspected("transition")).filter(({ event }) => event === "timer-fired");
  expect(fired).toEqual([]);
  expect(backend.refreshes()).toEqual([]);
});

test("L6, scenario 16: a lifetime shorter than any margin is refreshed once each, and still usable", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world({ lifetimeSeconds: 1 });
  const tab = await openSignedIn();
  await expect.poll(() => backend.refreshes().length, { intervals: [20] }).toBeGreaterThanOrEqual(6);
  expect(meanPauseMs(backend)).toBeGreaterThan(500);
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
});

test(
  "L10, scenario 30: a tab opened in the background is ready without an animation frame",
  { tag: "@background" },
  async ({ world }) => {
    const { backend, context, openSignedIn, openTab } = await world({ real: true });
    await openSignedIn();
    const page = await openHiddenPage(context);
    await page.addInitScript(() => {
      window.requestAnimationFrame = () => {
        throw new Error("Nobody draws a hidden page.");
      };
    });
    await page.goto(`${backend.origin}/?tab=2&options={}`);
    await page.waitForFunction(() => window.loaded === true, undefined, { polling: 50 });
    const ready = await page.evaluate(async () => {
      const { status } = await window.session.ready();
      return { status, visibility: document.visibilityState };
    });
    expect(ready).toEqual({ status: "authenticated", visibility: "hidden" });
    expect(openTab).toBeDefined();
  },
);
