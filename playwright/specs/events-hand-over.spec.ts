/**
 * a browser has one event stream, whatever becomes of the tab that holds it. Counted at the server: streams that are
 * open, not requests.
 */
import { expect, signIn, test, type World } from "../support/fixtures.js";
import { openDoomed } from "../support/killing.js";
import {
  alwaysListening,
  expectHandOver,
  expectQueue,
  holderOf,
  listening,
  openListening,
  openStreams,
  reallyListening,
  show,
} from "../support/listening-tabs.js";
import { freeze } from "../support/real-tabs.js";
import type { StreamRecord } from "../support/streams.js";
import type { Tab } from "../support/tabs.js";

const departures: Readonly<Record<string, (holder: Tab, world: World) => Promise<unknown>>> = {
  "is closed": ({ page }) => page.close(),
  "is reloaded": ({ page }) => page.reload(),
  "is led to another page of the site": ({ page }, { backend }) => page.goto(`${backend.origin}/other`),
  "is led to another site": ({ page }) => page.goto("https://another.example/"),
  "is hidden": (tab) => show(tab, false),
};

for (const [name, depart] of Object.entries(departures))
  test(`R-141, H3: five tabs have one stream, and another has it at once when its tab ${name}`, async ({
    world: create,
  }) => {
    const world = await create();
    const tabs = await openListening(world.backend, world);
    const holder = holderOf(world.backend, tabs);
    const { request } = await expectHandOver(world.backend, () => depart(holder, world));
    const next = tabs.find(({ number }) => number === request.tab) as Tab;
    expect(await next.status()).toBe("authenticated as ann");
    expect(world.backend.refreshes()).toEqual([]);
  });

test("R-141: a tab that is reloaded again and again leaves no stream behind, and takes none from the others", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const tabs = await openListening(backend, world, 3);
  for (let round = 0; round < 6; round += 1) {
    await expectHandOver(backend, () => holderOf(backend, tabs).page.reload());
    await expectQueue(holderOf(backend, tabs), 3);
  }
  expect(openStreams(backend, tabs)).toHaveLength(1);
  expect(backend.streams.length, "at most once more than it has to for each time").toBeLessThanOrEqual(13);
});

test(
  "R-141, H3: another tab has the stream at once when the process of its tab dies",
  { tag: "@killing-one" },
  async ({ engine, world: create }) => {
    const world = await create();
    const { backend } = world;
    const first = await world.openSignedIn("ann", listening);
    const { tab: doomed, kill } = await openDoomed(
      { ...world, openTab: () => world.openTab(listening) },
      engine,
    );
    const tabs = [first, doomed, ...(await world.openTabs(3, listening))];
    for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
    await expectQueue(first, 5);
    for (const tab of tabs) if (tab !== doomed) await show(tab, false);
    await expect.poll(() => openStreams(backend, [doomed])).toHaveLength(1);
    for (const tab of tabs) if (tab !== doomed) await show(tab, true);
    await expectQueue(first, 5);
    await expectHandOver(backend, kill);
  },
);

test("R-141, L10: no stream is open while no tab is seen, and one as soon as one of them is", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const tabs = await openListening(backend, world);
  const chosen = tabs[3] as Tab;
  const ofChosen = (): StreamRecord[] =>
    backend.streams.filter(({ request: { tab } }) => tab === chosen.number);
  for (const tab of tabs) await show(tab, false);
  // Only then does nobody ask any more: between two tabs that each had the stream for a moment, none is open either.
  await expectQueue(chosen, 0);
  await expect.poll(() => openStreams(backend)).toEqual([]);
  const { length } = ofChosen();
  await show(chosen, true);
  await expect.poll(() => openStreams(backend, [chosen])).toHaveLength(1);
  expect(openStreams(backend)).toHaveLength(1);
  expect(ofChosen()).toHaveLength(length + 1);
});

test('R-141: with "always" the stream stays where it is while no tab is seen', async ({ world: create }) => {
  const world = await create();
  const { backend } = world;
  const tabs = await openListening(backend, world, 5, alwaysListening);
  for (const tab of tabs) await show(tab, false);
  await expectQueue(tabs[0] as Tab, 5);
  // It tells hidden tabs too.
  await backend.sessions.revokeUser("ann");
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
  expect(backend.streams).toHaveLength(1);
});

test("L10: nobody listens for anonymous visitors, nor loads what would listen, until one of them signs in", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const loaded = (): number =>
    backend.requests.filter(({ path }) => /^\/browser-listener\b.*\.js$/.test(path)).length;
  const tabs = await world.openTabs(3, listening);
  for (const tab of tabs) {
    expect(await tab.status()).toBe("unauthenticated: no-session");
    await show(tab, true);
    expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated" });
  }
  expect(backend.requests.filter(({ path }) => path.startsWith("/session"))).toEqual([]);
  expect(loaded()).toBe(0);
  await signIn(tabs[1] as Tab);
  await expectQueue(tabs[0] as Tab, 3);
  await expect.poll(() => openStreams(backend)).toHaveLength(1);
  expect(loaded(), "each tab has loaded it, or the browser has kept it").toBeGreaterThan(0);
});

test(
  "R-141, L10: the stream follows the user from tab to tab, and ends when they look at none of them",
  { tag: "@background" },
  async ({ world: create }) => {
    const world = await create({ real: true });
    const { backend, context } = world;
    const first = await world.openSignedIn("ann", reallyListening("visible"));
    await expect.poll(() => openStreams(backend, [first])).toHaveLength(1);
    const blank = await context.newPage();
    const second = await world.openTab({ ...reallyListening("visible"), page: await context.newPage() });
    await expect.poll(() => openStreams(backend, [second])).toHaveLength(1);
    for (const tab of [first, second, first]) {
      await expectHandOver(backend, () => tab.page.bringToFront());
      expect(holderOf(backend, [first, second])).toBe(tab);
    }
    const { length } = backend.streams;
    await blank.bringToFront();
    await expect.poll(() => openStreams(backend)).toEqual([]);
    await second.page.bringToFront();
    await expect.poll(() => openStreams(backend, [second])).toHaveLength(1);
    expect(backend.streams).toHaveLength(length + 1);
  },
);

test(
  "R-141, H3: another tab has the stream at once when its tab is frozen, which queues again when it thaws",
  { tag: "@background" },
  async ({ world: create }) => {
    const world = await create({ real: true });
    const { backend, context } = world;
    const first = await world.openSignedIn("ann", reallyListening("always"));
    await expect.poll(() => openStreams(backend, [first])).toHaveLength(1);
    const second = await world.openTab({ ...reallyListening("always"), page: await context.newPage() });
    await expectQueue(second, 2);
    await first.page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 50 });
    expect(holderOf(backend, [first, second]), "a hidden tab holds it").toBe(first);
    let frozen = { thaw: async () => undefined as void };
    await expectHandOver(backend, async () => void (frozen = await freeze(first.page)));
    await frozen.thaw();
    await expectQueue(second, 2);
    expect(openStreams(backend, [second])).toHaveLength(1);
  },
);
