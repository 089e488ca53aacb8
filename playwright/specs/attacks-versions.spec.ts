/**
 * Attack C13, scenario 34: after a deploy, tabs of two releases run side by side. They understand nothing of each other's
 * messages, or nothing of each other's records either; what is left is the lock, the version cookie and the server.
 */
import { answering, holdAnswer } from "../support/faults.js";
import { expect, signIn, test, type World } from "../support/fixtures.js";
import { bundleNextVersion, type Change } from "../support/next-version.js";
import { together, type Tab } from "../support/tabs.js";

const releases: Readonly<Record<string, readonly Change[]>> = {
  "other messages": ["messages"],
  "other messages and other records": ["messages", "records"],
};

/** A tab that is given the next release. */
async function openNext({ backend, openTab }: World, changes: readonly Change[]): Promise<Tab> {
  const code = await bundleNextVersion(changes);
  backend.intercept("/core.js", answering(code, { headers: { "content-type": "text/javascript" } }), 1);
  return openTab();
}

for (const [name, changes] of Object.entries(releases)) {
  test(`L9, attack C13: a tab of a release with ${name} is signed in, switched and signed out with the others`, async ({
    world: create,
  }) => {
    const world = await create();
    const { backend, openSignedIn } = world;
    const older = await openSignedIn("ann");
    const newer = await openNext(world, changes);
    await expect.poll(() => newer.status()).toBe("authenticated as ann");
    for (const tab of [older, newer])
      expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });

    // Nobody asks the other tab for anything: what it cannot read is a reason to look, all the same.
    await signIn(newer, "bob");
    await expect.poll(() => older.status()).toBe("authenticated as bob");
    await older.eval(async () => void (await window.session.signOut()));
    await expect.poll(() => newer.status()).toMatch(/^unauthenticated/);
    await signIn(older, "cat");
    await expect.poll(() => newer.status()).toBe("authenticated as cat");
    for (const tab of [older, newer])
      expect((await tab.callApi()).value).toEqual({ status: 200, user: "cat" });
    await newer.eval(async () => void (await window.session.signOut()));
    await expect.poll(() => older.status()).toMatch(/^unauthenticated/);
    for (const tab of [older, newer])
      expect(await tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated" });
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  });

  test(`L1, L2, attack C13: tabs of a release with ${name} refresh one after the other, and replay nothing`, async ({
    world: create,
  }) => {
    const world = await create();
    const { backend, openSignedIn, openTab } = world;
    const older = await openSignedIn();
    const newer = await openNext(world, changes);
    const third = await openTab();
    const tabs = [older, newer, third];
    for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
    let inFlight = 0;
    let most = 0;
    backend.intercept("/session/refresh", async ({ decide }) => {
      most = Math.max(most, (inFlight += 1));
      const response = await decide();
      inFlight -= 1;
      return response;
    });
    const outcomes = await together(tabs, () => window.outcome(window.session.refresh()));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
    for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
    expect(most).toBe(1);
    const generations = backend.refreshes().map(({ generation }) => generation);
    expect(new Set(generations).size, generations.join()).toBe(generations.length);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  });

  test(`L3, attack C13: with a release with ${name} beside it, a sign-out during a refresh wins all the same`, async ({
    world: create,
  }) => {
    const world = await create();
    const older = await world.openSignedIn();
    const newer = await openNext(world, changes);
    await expect.poll(() => newer.status()).toBe("authenticated as ann");
    const held = holdAnswer(world.backend);
    await newer.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
    await held.reached;
    const signedOut = older.eval(() => window.outcome(window.session.signOut()));
    await expect.poll(() => older.status()).toBe("unauthenticated: signed-out");
    held.release();
    expect(await signedOut).toMatchObject({ ok: true });
    for (const tab of [older, newer])
      await expect.poll(() => tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated" });
    for (const tab of [older, newer]) {
      await tab.page.reload();
      await tab.page.waitForFunction(() => window.loaded === true);
      expect(await tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated" });
    }
    expect(world.backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["signed-out"]);
  });
}
