/** L2: a refresh token that the server rotated is never presented again, so that a strict server keeps the session. */
import type { Backend } from "../support/backend.js";
import { closeAfterDeciding, holdAnswer, holdRequest, resetAfterDeciding } from "../support/faults.js";
import { expect, test, type World } from "../support/fixtures.js";
import { unlistening, type Tab } from "../support/tabs.js";

/** Each way a tab can go while its refresh is out. */
const departures: Readonly<Record<string, (tab: Tab, backend: Backend) => Promise<unknown>>> = {
  closed: ({ page }) => page.close(),
  reloaded: ({ page }) => page.reload(),
  "navigated away": ({ page }, { origin }) => page.goto(`${origin}/other`),
  "navigated to another site": ({ page }) => page.goto("about:blank"),
  async crashed({ page }) {
    const devtools = await page.context().newCDPSession(page);
    const crashed = page.waitForEvent("crash");
    void devtools.send("Page.crash").catch(() => undefined);
    await crashed;
  },
};

/** No credential was ever presented twice, and the session lives. */
async function expectNothingLost({ backend }: World, tab: Tab): Promise<void> {
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
  expect(backend.eventsOf("grace-hit")).toEqual([]);
  expect(backend.eventsOf("session-ended")).toEqual([]);
  const generations = backend.refreshes().map(({ generation }) => generation);
  expect(new Set(generations).size, `each generation was presented once: ${generations.join()}`).toBe(
    generations.length,
  );
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
}

for (const [name, depart] of Object.entries(departures)) {
  const tag = name === "crashed" ? "@chromium" : [];
  test(
    `L2, scenario 3: a tab ${name} mid-refresh costs nobody the session`,
    { tag },
    async ({ world: create }) => {
      const world = await create();
      const { backend, openSignedIn, openTab } = world;
      const holder = await openSignedIn();
      const next = await openTab();
      await expect.poll(() => next.status()).toBe("authenticated as ann");

      const held = holdAnswer(backend);
      await holder.eval(() => void window.session.refresh().catch(() => undefined));
      const { generation } = await held.reached;
      expect(generation).toBe(1);
      await depart(holder, backend);
      const refreshed = next.refresh();
      await expect.poll(() => next.inspected("claim-awaited")).toHaveLength(1);
      expect(backend.refreshes(), "the old credential is not sent while the answer is out").toHaveLength(1);

      held.release();
      expect((await refreshed).ok).toBe(true);
      expect(await next.status()).toBe("authenticated as ann");
      await expectNothingLost(world, next);
    },
  );
}

test("L2, scenario 3: reloading over and over in the middle of refreshes signs nobody out", async ({
  world: create,
}) => {
  const world = await create();
  const tab = await world.openSignedIn();
  for (let round = 0; round < 6; round += 1) {
    const held = holdAnswer(world.backend);
    await tab.eval(() => void window.session.refresh().catch(() => undefined));
    await held.reached;
    const reloaded = tab.page.reload({ waitUntil: "commit" });
    held.release();
    await reloaded;
    await tab.page.waitForFunction(() => window.loaded === true);
    await expect.poll(() => tab.status()).toBe("authenticated as ann");
  }
  await expectNothingLost(world, tab);
});

test("L2: an answer that is lost after the rotation is asked for again, as the same attempt", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  backend.intercept("/session/refresh", resetAfterDeciding, 1);
  expect(await tab.refresh()).toMatchObject({ ok: false, code: "network" });
  await expect.poll(async () => (await tab.refresh()).ok).toBe(true);
  const [first, second] = backend.refreshes();
  expect(second?.attempt).toBe(first?.attempt);
  expect(backend.eventsOf("grace-hit").map(({ why }) => why)).toEqual(["same-attempt"]);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
  expect(await tab.status()).toBe("authenticated as ann");
});

test(
  "L2: a refresh that the browser itself sends twice, because its connection broke, costs nothing",
  { tag: "@repeating" },
  async ({ world }) => {
    const { backend, openSignedIn } = await world();
    // A browser sends again what a connection lost that was used before: a stream would keep that one to itself.
    const tab = await openSignedIn("ann", unlistening);
    backend.intercept("/session/refresh", closeAfterDeciding, 1);
    expect((await tab.refresh()).ok).toBe(true);
    const [first, second] = backend.refreshes();
    expect(second).toMatchObject({ attempt: first?.attempt, generation: 1 });
    expect(await tab.inspected("refresh-sent")).toHaveLength(1);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  },
);

test("L2: another tab repeats the lost attempt of a tab that died, and gets the same successor", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const holder = await openSignedIn();
  const next = await openTab();
  await expect.poll(() => next.status()).toBe("authenticated as ann");
  backend.intercept("/session/refresh", resetAfterDeciding, 1);
  expect(await holder.refresh()).toMatchObject({ ok: false, code: "network" });
  await holder.close();
  await expect.poll(async () => (await next.refresh()).ok).toBe(true);
  const [first, second] = backend.refreshes();
  expect(second).toMatchObject({ attempt: first?.attempt, tab: next.number });
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L2, scenario 23: the losing side of a race gets a 401, and the winner's cookie survives", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const loser = await openSignedIn();
  const winner = await openTab();
  await expect.poll(() => winner.status()).toBe("authenticated as ann");

  const ended = { error: "session_ended", reason: "reuse-detected" };
  const reached = new Promise<void>((arrived) => {
    backend.intercept(
      "/session/refresh",
      async () => {
        arrived();
        await expect.poll(() => backend.eventsOf("session-refreshed").length).toBe(1);
        // The winner's cookies are in the jar before the loser hears anything.
        await winner.page.waitForFunction(() => document.cookie.includes(".2"));
        return Response.json(ended, { status: 401 });
      },
      1,
    );
  });
  const lost = loser.refresh();
  await reached;
  // A client of another make that knows no lock.
  await winner.eval(async () => {
    const headers = { "Content-Type": "application/json", "Lockstep-Protocol": "1" };
    await fetch("/session/refresh", {
      method: "POST",
      headers,
      body: JSON.stringify({ attempt: "another-client" }),
    });
  });

  const settled: boolean[] = [];
  void lost.then(({ ok }) => settled.push(ok));
  await expect.poll(() => settled, "the loser's caller is not left waiting").toEqual([true]);
  expect(await loser.status()).toBe("authenticated as ann");
  expect(await winner.status()).toBe("authenticated as ann");
  expect(await loser.inspected("signed-out")).toEqual([]);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
  expect((await loser.callApi()).value).toEqual({ status: 200, user: "ann" });
});

test("L2, L4, scenario 19: a definitive end is told once, with its reason, in every tab", async ({
  world,
}) => {
  const { backend, openSignedIn, openTabs } = await world();
  const first = await openSignedIn("ann", unlistening);
  const tabs = [first, ...(await openTabs(2, unlistening))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  const { sessionId } = (await first.snapshot()) as { sessionId: string };
  await backend.sessions.revokeSession(sessionId);
  expect(await first.refresh()).toMatchObject({ ok: false, code: "unauthenticated", reason: "revoked" });
  for (const tab of tabs) {
    await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
    expect((await tab.inspected("signed-out")).map(({ reason }) => reason)).toEqual(["revoked"]);
    expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated", reason: "revoked" });
  }
  expect(backend.refreshes()).toHaveLength(1);
});

test("L2: a credential is not sent while an older tab's request of it has not reached the server", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const holder = await openSignedIn();
  const next = await openTab();
  await expect.poll(() => next.status()).toBe("authenticated as ann");
  const held = holdRequest(backend);
  await holder.eval(() => void window.session.refresh().catch(() => undefined));
  await held.reached;
  await holder.page.close();
  const refreshed = next.refresh();
  await expect.poll(() => next.inspected("claim-awaited")).toHaveLength(1);
  held.release();
  expect((await refreshed).ok).toBe(true);
  expect(backend.refreshes().map(({ generation }) => generation)).toEqual([1, 2]);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});
