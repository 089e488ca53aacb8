/** Attacks E2 to E7: clocks that jump, sleep, hidden and suspended tabs, and lifetimes of every kind. */
import type { World } from "../support/fixtures.js";
import { withBody } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { freeze } from "../support/real-tabs.js";
import { unlistening, type Tab, type TabOptions } from "../support/tabs.js";

const dayMs = 86_400_000;
const minuteMs = 60_000;

async function openTwo({ openSignedIn, openTab }: World, options: TabOptions): Promise<[Tab, Tab]> {
  const first = await openSignedIn("ann", options);
  const second = await openTab(options);
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  return [first, second];
}

/** Forward, no further than a user may be idle: what is beyond cannot be told from a sleep (E3). */
for (const [name, steps, cost] of [
  ["forward, twice by 25 minutes", [25 * minuteMs, 25 * minuteMs], "one refresh"],
  ["back, by a day and then by a year", [-dayMs, -365 * dayMs], "no refresh"],
] as const) {
  test(`L6, attack E2: a clock that jumps ${name}, costs ${cost} each time, and tabs go on hearing each other`, async ({
    world: create,
  }) => {
    const world = await create();
    const tabs = await openTwo(world, { clockOffsetMs: 0 });
    for (const [index, stepMs] of steps.entries()) {
      for (const tab of tabs) await tab.stepClock(stepMs);
      for (const tab of tabs)
        await tab.eval(() => void document.dispatchEvent(new Event("visibilitychange")));
      for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
      expect(world.backend.refreshes()).toHaveLength(stepMs > 0 ? index + 1 : 0);
    }
    expect(world.backend.to("/api/echo").map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await tabs[0].eval(async () => void (await window.session.signOut()));
    await expect.poll(() => tabs[1].status()).toBe("unauthenticated: signed-out-elsewhere");
  });
}

/** Lets the test say whether this tab is seen. */
const hideable = (): void => {
  Object.defineProperty(Document.prototype, "visibilityState", {
    get: () => ((window as unknown as { hiddenNow?: boolean }).hiddenNow === true ? "hidden" : "visible"),
  });
};

async function show({ page }: Tab, visible: boolean): Promise<void> {
  await page.evaluate((visible) => {
    Object.assign(window, { hiddenNow: !visible });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visible);
}

test("L6, L10, attack E3: after a sleep beyond the idle limit every tab is signed out as idle before anybody asks anything", async ({
  world: create,
}) => {
  const world = await create({ idleSeconds: 600 });
  // Nobody hears the server in a sleep.
  const tabs = await openTwo(world, { ...unlistening, clockOffsetMs: 0, before: hideable });
  for (const tab of tabs) await show(tab, false);
  world.backend.stepClock(dayMs / 3);
  for (const tab of tabs) await tab.stepClock(dayMs / 3);
  for (const tab of tabs) await show(tab, true);
  for (const tab of tabs) {
    expect(await tab.status()).toBe("unauthenticated: idle");
    expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated", reason: "idle" });
    expect(await tab.inspected("signed-out")).toHaveLength(1);
  }
  expect(world.backend.refreshes()).toHaveLength(0);
  await expect.poll(() => world.backend.to("/session/sign-out")).toHaveLength(1);
});

test("L1, L10, attack E4: after ten minutes hidden, the tabs that are shown again refresh once between them", async ({
  world: create,
}) => {
  const world = await create();
  const tabs = await openTwo(world, { clockOffsetMs: 0, before: hideable });
  for (const tab of tabs) await show(tab, false);
  for (const tab of tabs) await tab.stepClock(600_000);
  // Something that is none of the user's doing wakes them: they find the token expired, and put the refresh off.
  for (const tab of tabs) {
    await tab.eval(() => void window.dispatchEvent(new Event("online")));
    await tab.page.waitForFunction(() =>
      window.inspected.some((event) => event.type === "transition" && event.phase === "parked"),
    );
  }
  expect(world.backend.refreshes(), "nothing is refreshed while nobody looks").toEqual([]);
  for (const tab of tabs) await show(tab, true);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(world.backend.refreshes()).toHaveLength(1);
  for (const tab of tabs) expect(await tab.inspected("signed-out")).toEqual([]);
});

interface Lifetime {
  readonly says: unknown;
  /** Whether the answer is a grant at all. */
  readonly taken: boolean;
}

const lifetimes: Readonly<Record<string, Lifetime>> = {
  "0": { says: 0, taken: false },
  "a negative number": { says: -60, taken: false },
  "1 second": { says: 1, taken: true },
  "2^31 seconds": { says: 2 ** 31, taken: true },
  "no number of seconds": { says: undefined, taken: true },
  "digits in a string": { says: "60", taken: true },
  "a word": { says: "soon", taken: false },
  null: { says: null, taken: false },
};

test("L4, L10, attack E6: a lifetime of any kind signs nobody out, starts no storm, and is got over", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  for (const [name, { says, taken }] of Object.entries(lifetimes)) {
    const before = backend.refreshes().length;
    backend.intercept(
      "/session/refresh",
      withBody(({ expires_in: _, ...body }) => (says === undefined ? body : { ...body, expires_in: says })),
      1,
    );
    const expected = taken ? { ok: true } : { ok: false, code: "bad-answer" };
    expect(await tab.refresh(), name).toMatchObject(expected);
    expect(await tab.status(), name).toMatch(/^authenticated as ann/);
    expect((await tab.callApi()).value, name).toEqual({ status: 200, user: "ann" });
    expect(backend.refreshes().length - before, name).toBeLessThanOrEqual(2);
    await expect.poll(async () => (await tab.refresh()).ok, name).toBe(true);
    expect(await tab.status(), name).toBe("authenticated as ann");
  }
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L6, attack E7: who runs first after a suspension without any event gets no token of before it", async ({
  world: create,
}) => {
  const world = await create();
  const [tab] = await openTwo(world, { clockOffsetMs: 0 });
  const { value: former } = await tab.getAccessToken();
  // As iOS does it: no script ran, no event came, and the monotonic clock stood still.
  const [asked, called] = await tab.eval(async () => {
    window.clockOffsetMs += 600_000;
    const asked = window.session.getAccessToken();
    const response = await window.session.fetch("/api/echo");
    return [await asked, response.status] as const;
  });
  expect(asked).not.toBe(former);
  expect(called).toBe(200);
  expect(world.backend.refreshes()).toHaveLength(1);
});

test(
  "L6, attack E7: a tab that was frozen for longer than its token lived hands out a fresh one first of all",
  { tag: "@chromium" },
  async ({ world }) => {
    const { backend, context, openSignedIn } = await world({ real: true, lifetimeSeconds: 2 });
    const tab = await openSignedIn();
    const other = await context.newPage();
    await other.bringToFront();
    await tab.page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 100 });
    const { value: former } = await tab.getAccessToken();
    const { thaw } = await freeze(tab.page);
    const frozenAt = Date.now();
    await expect.poll(() => Date.now() - frozenAt).toBeGreaterThan(2_500);
    await thaw();
    await tab.page.bringToFront();
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
    expect((await tab.getAccessToken()).value).not.toBe(former);
    expect(backend.to("/api/echo").map(({ status }) => status)).toEqual([200]);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  },
);
