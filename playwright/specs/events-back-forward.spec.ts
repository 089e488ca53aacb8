/**
 * a page that the browser keeps while the user is elsewhere does not listen there, and is not kept out of the
 * back/forward cache by the stream that it had. Firefox keeps no page that holds a lock, and loads it anew.
 */
import { expect, test, type World } from "../support/fixtures.js";
import { comeBack, goAway } from "../support/history.js";
import {
  expectHandOver,
  expectQueue,
  holderOf,
  openStreams,
  reallyListening,
} from "../support/listening-tabs.js";
import type { Tab } from "../support/tabs.js";

const always = reallyListening("always");

/** One tab that listens, and is left then. */
async function leaveAlone(world: World): Promise<Tab> {
  const tab = await world.openSignedIn("ann", reallyListening("visible"));
  await expect.poll(() => openStreams(world.backend)).toHaveLength(1);
  await goAway(tab, world.backend);
  await expect.poll(() => openStreams(world.backend)).toEqual([]);
  return tab;
}

test("R-141, R-144: a page that is kept with its stream open hands it on, and queues again when it is back", async ({
  engine,
  world: create,
}) => {
  const world = await create({ real: true });
  const { backend, context } = world;
  const first = await world.openSignedIn("ann", always);
  await expect.poll(() => openStreams(backend, [first])).toHaveLength(1);
  const second = await world.openTab({ ...always, page: await context.newPage() });
  await expectQueue(second, 2);
  await expectHandOver(backend, () => goAway(first, world.backend));
  expect(await comeBack(first, engine), "the stream did not keep it out of the cache").toBe(
    engine !== "firefox",
  );
  await expectQueue(second, 2);
  expect(holderOf(backend, [first, second])).toBe(second);
  expect(openStreams(backend)).toHaveLength(1);
});

test("R-144: a page that comes back listens again, and learns of the change that it missed", async ({
  engine,
  world: create,
}) => {
  const world = await create({ real: true });
  const { backend } = world;
  const tab = await leaveAlone(world);
  await backend.sessions.userChanged("ann", { user: { id: "ann", name: "Renamed" } });
  expect(await comeBack(tab, engine)).toBe(engine !== "firefox");
  await expect.poll(() => tab.snapshot()).toMatchObject({ user: { name: "Renamed" } });
  await expect.poll(() => openStreams(backend, [tab])).toHaveLength(1);
  // Loaded anew it needs a token anyway, and what it is told then it knows already.
  expect(backend.refreshes()).toHaveLength(1);
});

test("R-144, L13: a page that comes back after its session was revoked is signed out, with the reason", async ({
  engine,
  world: create,
}) => {
  const world = await create({ real: true });
  const { backend } = world;
  const tab = await leaveAlone(world);
  await backend.sessions.revokeUser("ann");
  expect(await comeBack(tab, engine)).toBe(engine !== "firefox");
  await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
  expect(openStreams(backend)).toEqual([]);
  expect(backend.refreshes()).toHaveLength(1);
});
