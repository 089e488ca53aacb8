/**
 * L2, over and over: a tab ends while its refresh is on the wire, before or after the server has rotated, on a server that
 * forgives nothing. Nobody loses the session, and no credential is presented twice.
 */
import { holdAnswer, holdRequest, type Held } from "../support/faults.js";
import { expect, test, type World } from "../support/fixtures.js";
import { killAll, openDoomed } from "../support/killing.js";
import type { Tab } from "../support/tabs.js";

/** Of each kind of death, in each engine. */
const rounds = 30;
/** Tabs that are killed in one profile, one after the other. */
const groupSize = 5;

/** In turn: the request has not reached the server; the server has rotated, and its answer is out. */
function holdRefresh({ backend }: World, { number }: Tab, round: number): Held {
  return (round % 2 === 0 ? holdAnswer : holdRequest)(backend, "/session/refresh", number);
}

async function startRefresh({ page }: Tab): Promise<void> {
  // A page that was just led back may be asked before its script has run.
  await page.waitForFunction(() => "session" in window);
  await page.evaluate(async () => {
    await window.session.ready();
    void window.session.refresh().catch(() => undefined);
  });
}

/** `most`: as many refreshes as there can be, if a death costs one at most. */
function expectNothingLost({ backend }: World, most: number): void {
  for (const type of ["reuse-detected", "grace-hit", "session-ended"] as const)
    expect(backend.eventsOf(type)).toEqual([]);
  const generations = backend.refreshes().map(({ generation }) => generation);
  expect(generations, "each generation was presented once").toEqual([...new Set(generations)]);
  expect(generations.length, "each death cost one rotation at most").toBeLessThanOrEqual(most);
}

/** How often a tab has waited for another's refresh to land; 0 of a page that is not the application's. */
function countWaits({ page }: Tab): Promise<number> {
  const count = (): number =>
    "inspected" in window ? window.inspected.filter(({ type }) => type === "claim-awaited").length : 0;
  return page.isClosed() ? Promise.resolve(0) : page.evaluate(count);
}

interface Departure {
  leave(tab: Tab, world: World): Promise<unknown>;
  /** A tab for the next round. */
  next(tab: Tab, world: World): Promise<Tab>;
  /** In one round: that of the tab that leaves, that of the survivor, and one that comes back may need its own. */
  readonly most: number;
}

async function comeBack(tab: Tab): Promise<Tab> {
  await tab.page.goto(tab.url);
  return tab;
}

const departures: Readonly<Record<string, Departure>> = {
  closed: { leave: ({ page }) => page.close(), next: (_tab, { openTab }) => openTab(), most: 2 },
  reloaded: { leave: ({ page }) => page.reload(), next: async (tab) => tab, most: 3 },
  "led to another page of the site": {
    leave: ({ page }, { backend }) => page.goto(`${backend.origin}/other`),
    next: comeBack,
    most: 3,
  },
  "led to another site": {
    leave: ({ page }) => page.goto("https://another.example/"),
    next: comeBack,
    most: 3,
  },
};

for (const [name, { leave, next, most }] of Object.entries(departures)) {
  test(`L2, scenario 3: a tab that is ${name} mid-refresh, ${rounds} times, costs nobody the session`, async ({
    world: create,
  }) => {
    const world = await create();
    const survivor = await world.openSignedIn();
    let leaving = await world.openTab();
    for (let round = 0; round < rounds; round += 1) {
      const held = holdRefresh(world, leaving, round);
      await startRefresh(leaving);
      await held.reached;
      await leave(leaving, world);
      const before = await countWaits(survivor);
      const refreshed = survivor.refresh();
      await expect
        .poll(async () => (await countWaits(survivor)) > before || (await countWaits(leaving)) > 0, {
          intervals: [20],
          message: `round ${round}: somebody waits for the answer to the tab that left`,
        })
        .toBe(true);
      held.release();
      expect((await refreshed).ok, `round ${round}`).toBe(true);
      leaving = await next(leaving, world);
    }
    expectNothingLost(world, most * rounds);
    expect((await survivor.callApi()).value).toEqual({ status: 200, user: "ann" });
  });
}

/**
 * Makes a tab go on by itself, as WebDriver leaves its browser alone when a page's process dies: for each death that it is
 * told of it gets itself a new token, and uses it.
 */
async function surviveAlone({ page }: Tab, deaths: number): Promise<void> {
  await page.evaluate((deaths) => {
    const channel = new BroadcastChannel("deaths");
    window.session.inspect(({ type }) => {
      if (type === "claim-awaited") void fetch("/api/public/waiting");
    });
    const survive = async (): Promise<void> => {
      for (let round = 0; round < deaths; round += 1) {
        channel.postMessage(round);
        await fetch("/api/public/killed");
        await window.session.refresh();
        await window.session.fetch("/api/echo");
      }
    };
    void survive();
  }, deaths);
}

async function refreshInRound({ page }: Tab, round: number): Promise<void> {
  await page.evaluate(async (round) => {
    await window.session.ready();
    new BroadcastChannel("deaths").addEventListener("message", ({ data }) => {
      if (data === round) void window.session.refresh().catch(() => undefined);
    });
  }, round);
}

for (let group = 1; group <= rounds / groupSize; group += 1) {
  test(
    `L2, scenario 3: ${groupSize} tabs whose processes die mid-refresh, one after the other, cost nobody the session (${group})`,
    { tag: "@killing-one" },
    async ({ engine, world: create }) => {
      const world = await create();
      const { backend } = world;
      const survivor = await world.openSignedIn();
      const doomed = [];
      for (let round = 0; round < groupSize; round += 1) {
        const { tab, kill } = await openDoomed(world, engine);
        await refreshInRound(tab, round);
        doomed.push({ kill, held: holdRefresh(world, tab, round) });
      }
      let news = holdAnswer(backend, "/api/public/killed");
      await surviveAlone(survivor, groupSize);
      for (const [round, { kill, held }] of doomed.entries()) {
        await held.reached;
        await news.reached;
        await kill();
        const told = news;
        news = holdAnswer(backend, "/api/public/killed");
        told.release();
        await expect
          .poll(() => backend.to("/api/public/waiting").length, { intervals: [20] })
          .toBeGreaterThan(round);
        held.release();
        await expect
          .poll(() => backend.to("/api/echo").map(({ status }) => status), { intervals: [20] })
          .toEqual(Array.from({ length: round + 1 }, () => 200));
      }
      expectNothingLost(world, 2 * groupSize);
    },
  );
}

test(
  `L2, scenario 3: after each of ${rounds} deaths of all tabs mid-refresh a new tab finds the session`,
  { tag: "@killing-all" },
  async ({ engine, world: create }) => {
    const world = await create();
    let last = await world.openSignedIn();
    for (let round = 0; round < rounds; round += 1) {
      const held = holdRefresh(world, last, round);
      await startRefresh(last);
      await held.reached;
      await killAll([last], engine);
      // First the new one: Firefox ends with its last window.
      const { page } = last;
      last = await world.openTab();
      await page.close();
      await expect.poll(() => countWaits(last), { intervals: [20] }).toBeGreaterThan(0);
      held.release();
      await expect
        .poll(() => last.status(), { intervals: [20], message: `round ${round}` })
        .toBe("authenticated as ann");
    }
    expectNothingLost(world, 2 * rounds);
    expect((await last.callApi()).value).toEqual({ status: 200, user: "ann" });
  },
);
