/**
 * The user leaves a page and comes back. Chromium and WebKit keep the page meanwhile, token, lock and all, in their
 * back/forward cache; Firefox keeps none that holds a lock, and loads it anew. Either way nobody waits for the page that is
 * away (L7), and it comes back to the truth (L3, L9).
 */
import { holdAnswer } from "../support/faults.js";
import { expect, test, type World } from "../support/fixtures.js";
import { comeBack, expectConnected, goAway } from "../support/history.js";
import type { Tab } from "../support/tabs.js";

async function twoTabs({ backend, context, openSignedIn, openTab }: World): Promise<[Tab, Tab]> {
  const first = await openSignedIn();
  await expectConnected(first, backend);
  const second = await openTab({ page: await context.newPage() });
  await second.eval(async () => void (await window.session.ready()));
  return [first, second];
}

function expectNoReplay({ backend }: World): void {
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
  const generations = backend.refreshes().map(({ generation }) => generation);
  expect(generations).toEqual([...new Set(generations)]);
}

test("L3, L9, scenario 26: who comes back after a sign-out elsewhere is handed nothing, whatever the browser kept", async ({
  engine,
  world: create,
}) => {
  const world = await create({ real: true });
  const [away, other] = await twoTabs(world);
  await goAway(away, world.backend);
  // A message would end the kept page in Chromium, and is lost on it in WebKit. Here it is lost in all of them.
  await other.eval(() => void (BroadcastChannel.prototype.postMessage = () => undefined));
  await other.eval(async () => void (await window.session.signOut()));
  expect(await comeBack(away, engine)).toBe(engine !== "firefox");
  expect(await away.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated" });
  expect(await away.status()).toMatch(/^unauthenticated: signed-out/);
  expect(world.backend.refreshes()).toEqual([]);
});

test("L7, L2: a page that is left with the lock and a refresh under way keeps no waiter, and comes back signed in", async ({
  engine,
  world: create,
}) => {
  const world = await create({ real: true });
  const [holder, waiter] = await twoTabs(world);
  const held = holdAnswer(world.backend);
  await holder.eval(() => void window.session.refresh().catch(() => undefined));
  await held.reached;
  const waited = waiter.refresh();
  await expect.poll(async () => (await waiter.inspected("lock-requested")).length).toBeGreaterThan(0);
  await goAway(holder, world.backend);
  // It has the lock now, from a page that the browser may have kept, and lets that page's request land.
  await expect.poll(async () => (await waiter.inspected("claim-awaited")).length).toBeGreaterThan(0);
  held.release();
  expect((await waited).ok).toBe(true);
  await comeBack(holder, engine);
  await expect.poll(() => holder.status()).toBe("authenticated as ann");
  expect((await holder.callApi()).value).toEqual({ status: 200, user: "ann" });
  await expect
    .poll(async () => (await holder.getAccessToken()).value)
    .toBe((await waiter.getAccessToken()).value);
  expectNoReplay(world);
});

test("L4, L1: tabs whose token expires offline are signed in again by one refresh when the network is back", async ({
  world: create,
}) => {
  const world = await create();
  const { backend, openSignedIn, openTabs, setOffline } = world;
  const stepped = { clockOffsetMs: 0 };
  const tabs = [await openSignedIn("ann", stepped), ...(await openTabs(2, stepped))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  await setOffline(true);
  for (const tab of tabs) await tab.stepClock(600_000);
  for (const tab of tabs) await expect.poll(async () => (await tab.getAccessToken()).ok).toBe(false);
  for (const tab of tabs) expect(await tab.status()).toMatch(/^authenticated as ann/);
  const before = backend.refreshes().length;
  await setOffline(false);
  for (const tab of tabs) await expect.poll(async () => (await tab.getAccessToken()).ok).toBe(true);
  const values = await Promise.all(tabs.map((tab) => tab.getAccessToken()));
  expect(new Set(values.map(({ value }) => value)).size).toBe(1);
  expect(backend.refreshes().length - before).toBeLessThanOrEqual(2);
  expectNoReplay(world);
});
