/** L11, R-065, R-089: sessions that idle out or come to their end, in all tabs, at the time that the server named. */
import type { World } from "../support/fixtures.js";
import { expect, test } from "../support/fixtures.js";
import { unlistening, type Tab } from "../support/tabs.js";

const minuteMs = 60_000;
/** Of the session without activity. */
const limit = { idleSeconds: 1_800 };
/** Nobody listens: the server, which notices as soon as its clock is stepped, would be first to say so. */
const stepped = { ...unlistening, clockOffsetMs: 0 };

async function openThree({ openSignedIn, openTabs }: World): Promise<readonly [Tab, Tab, Tab]> {
  const first = await openSignedIn("ann", stepped);
  const [second, third] = (await openTabs(2, stepped)) as [Tab, Tab];
  const tabs = [first, second, third] as const;
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  return tabs;
}

/** Time passes, for the server and for every tab; none of its timers runs meanwhile. */
async function pass({ backend }: World, tabs: readonly Tab[], ms: number): Promise<void> {
  backend.stepClock(ms);
  for (const tab of tabs) await tab.stepClock(ms);
}

/** The user presses a key. */
function act(tab: Tab): Promise<void> {
  return tab.eval(() => void window.dispatchEvent(new KeyboardEvent("keydown", { key: "a" })));
}

/** The user comes back to a tab. */
function look(tab: Tab): Promise<void> {
  return tab.eval(() => void window.dispatchEvent(new Event("focus")));
}

async function warningOf(tab: Tab): Promise<unknown> {
  const snapshot = await tab.snapshot();
  return snapshot.status === "authenticated" ? snapshot.warning : snapshot;
}

const idle = { reason: "idle", at: expect.any(Number) as unknown };

test("L11: activity in one tab keeps three signed in, and background refreshes keep nobody signed in", async ({
  world: create,
}) => {
  const world = await create(limit);
  const tabs = await openThree(world);
  for (let round = 0; round < 3; round += 1) {
    await pass(world, tabs, 20 * minuteMs);
    await act(tabs[1]);
    for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  }
  // From here on the tabs ask for tokens, and nobody is there.
  for (let minutes = 0; minutes < 29; minutes += 4) {
    for (const tab of tabs) expect(await tab.status()).toBe("authenticated as ann");
    await pass(world, tabs, 4 * minuteMs);
    for (const tab of tabs) await tab.getAccessToken();
  }
  for (const tab of tabs) expect(await tab.status()).toBe("unauthenticated: idle");
  expect(world.backend.eventsOf("reuse-detected")).toEqual([]);
});

test("R-065: all tabs warn of an idle time-out, and what the user does in one clears it in all", async ({
  world: create,
}) => {
  const world = await create(limit);
  const tabs = await openThree(world);
  const before = world.backend.refreshes().length;
  const answers = (): readonly (number | null)[] =>
    world.backend
      .refreshes()
      .slice(before)
      .map(({ status }) => status);
  await pass(world, tabs, 29.5 * minuteMs);
  for (const tab of tabs) await look(tab);
  for (const tab of tabs) expect(await warningOf(tab)).toEqual(idle);
  for (const tab of tabs) expect(await tab.inspected("idle-warning")).toHaveLength(1);
  await expect.poll(answers, "whose token has run out by the time they are seen").toEqual([200]);
  await tabs[2].eval(() => window.session.reportActivity());
  for (const tab of tabs) await expect.poll(() => warningOf(tab)).toBeNull();
  for (const tab of tabs) expect(await tab.inspected("warning-cleared")).toHaveLength(1);
  await expect.poll(answers, "the server hears of it too").toEqual([200, 200]);
  await pass(world, tabs, 20 * minuteMs);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
});

test("R-065: a warning that nobody heeds ends in a sign-out in every tab, and the server is told once", async ({
  world: create,
}) => {
  const world = await create(limit);
  const tabs = await openThree(world);
  const shown = tabs[0].eval(
    () =>
      new Promise((resolve) => {
        const stop = window.session.subscribe((snapshot) => {
          if (snapshot.status !== "unauthenticated") return;
          stop();
          resolve(snapshot.reason);
        });
      }),
  );
  // The last seconds pass by themselves: the timer of a tab that is looked at ends the session.
  await pass(world, tabs, 30 * minuteMs - 3_000);
  for (const tab of tabs) await look(tab);
  expect(await shown).toBe("idle");
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: idle");
  await expect.poll(() => world.backend.to("/session/sign-out").map(({ status }) => status)).toHaveLength(1);
});

test("scenario 14: after a sleep beyond the limit the first look finds nobody, and nothing was refreshed", async ({
  world: create,
}) => {
  const world = await create(limit);
  const tabs = await openThree(world);
  const before = world.backend.refreshes().length;
  await pass(world, tabs, 600 * minuteMs);
  // What the user touches first comes too late to keep the session.
  const seen = await tabs[1].eval(async () => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
    const { status } = window.session.getSnapshot();
    const sent = await window.session.fetch("/api/echo").then((response) => response.status);
    return { status, sent };
  });
  expect(seen).toEqual({ status: "unauthenticated", sent: 401 });
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: idle");
  expect(world.backend.refreshes()).toHaveLength(before);
  expect(world.backend.to("/api/echo").map(({ hasAuthorization }) => hasAuthorization)).toEqual([false]);
  await expect.poll(() => world.backend.to("/session/sign-out")).toHaveLength(1);
});

test("scenario 14: a tab that is opened, or was discarded, after the limit shows nobody, and asks for nothing", async ({
  world: create,
}) => {
  const world = await create(limit);
  const first = await world.openSignedIn("ann", stepped);
  await first.close();
  world.backend.stepClock(45 * minuteMs);
  const next = await world.openTab({ ...unlistening, clockOffsetMs: 45 * minuteMs });
  expect(await next.status()).toBe("unauthenticated: idle");
  expect(await next.inspected("signed-out")).toEqual([]);
  expect(world.backend.refreshes()).toEqual([]);
});

test("R-089: the absolute end is known ahead, warned of, and kept however active the user is", async ({
  world: create,
}) => {
  const world = await create({ ...limit, absoluteSeconds: 3_600 });
  const tabs = await openThree(world);
  const { expiresAt } = (await tabs[0].snapshot()) as { readonly expiresAt: number };
  await pass(world, tabs, 25 * minuteMs);
  await act(tabs[0]);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  await pass(world, tabs, 25 * minuteMs);
  await act(tabs[1]);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  for (const tab of tabs) expect(await tab.snapshot()).toMatchObject({ expiresAt, warning: null });
  await pass(world, tabs, 6 * minuteMs);
  for (const tab of tabs) await look(tab);
  for (const tab of tabs) expect(await warningOf(tab)).toMatchObject({ reason: "expired" });
  await act(tabs[2]);
  for (const tab of tabs) expect(await warningOf(tab)).toMatchObject({ reason: "expired" });
  await pass(world, tabs, 4 * minuteMs);
  for (const tab of tabs) await look(tab);
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: expired");
});

test("an extension in one tab holds in all, within the policy of the server", async ({ world: create }) => {
  const world = await create({ ...limit, extensionSeconds: 7_200 });
  const tabs = await openThree(world);
  const until = await tabs[0].eval(() => window.session.extend({ minutes: 90 }));
  const now = await tabs[0].eval(() => Date.now());
  expect(until - now).toBeGreaterThan(85 * minuteMs);
  expect(until - now).toBeLessThanOrEqual(90 * minuteMs);
  await pass(world, tabs, 80 * minuteMs);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  await pass(world, tabs, 11 * minuteMs);
  for (const tab of tabs) await look(tab);
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: idle");
});

test("L4: an extension that the server refuses is told to who asked, and costs nobody anything", async ({
  world: create,
}) => {
  const world = await create(limit);
  const tab = await world.openSignedIn("ann", stepped);
  expect(await tab.eval(() => window.outcome(window.session.extend({ minutes: 5 })))).toMatchObject({
    ok: false,
    code: "refused",
  });
  expect(await tab.status()).toBe("authenticated as ann");
  expect((await tab.refresh()).ok).toBe(true);
});
