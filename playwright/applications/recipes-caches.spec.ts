/** Each library that keeps what it was told, with its recipe: nobody sees what another was told. */
import { signIn } from "../support/fixtures.js";
import type { Tab } from "../support/tabs.js";
import { expect, test } from "./recipes-world.js";

type Library = keyof Window["recipes"]["screens"];

declare global {
  interface Window {
    mounted: ReturnType<Window["recipes"]["screens"][Library]>;
    /** What every frame showed since the session last changed. */
    painted: string[];
  }
}

const libraries: readonly Library[] = ["apollo", "urql", "tanstackQuery"];

async function mount(tab: Tab, library: Library): Promise<void> {
  await tab.eval((library) => {
    window.mounted = window.recipes.screens[library](window.session);
    const look = (): void => {
      window.painted.push(String(window.mounted.shown()));
      requestAnimationFrame(look);
    };
    window.session.subscribe(() => {
      window.painted = [];
      // The earliest that anything could be painted.
      setTimeout(look);
    });
  }, library);
  await expect.poll(() => tab.eval(() => window.mounted.shown())).toBe("ann");
}

const cacheOf = (tab: Tab): Promise<string> =>
  tab.eval(() => JSON.stringify(window.mounted.cached() ?? null));

for (const library of libraries) {
  test(`L3: ${library}: a sign-out in another tab empties the cache and the screen, and asks for nothing`, async ({
    recipes,
  }) => {
    const { backend, openSignedIn, openTab } = await recipes();
    const tab = await openSignedIn("ann");
    await mount(tab, library);
    expect(await cacheOf(tab)).toContain("ann");
    const asked = backend.requests.filter(({ path }) => path.startsWith("/api/")).length;

    const sibling = await openTab();
    await sibling.eval(async () => void (await window.session.signOut()));
    await expect.poll(() => tab.status()).toBe("unauthenticated: signed-out-elsewhere");
    await expect.poll(() => cacheOf(tab)).not.toContain("ann");
    expect(await tab.eval(() => window.mounted.shown())).toBe(undefined);
    expect(backend.requests.filter(({ path }) => path.startsWith("/api/"))).toHaveLength(asked);
  });

  test(`L3: ${library}: after a switch of users no frame shows the former user's data, not even a late answer's`, async ({
    recipes,
  }) => {
    const { api, openSignedIn } = await recipes();
    const tab = await openSignedIn("ann");
    await mount(tab, library);
    api.hold();
    await tab.eval(() => window.mounted.reload());
    await expect.poll(() => api.waiting).toBe(1);

    await signIn(tab, "bob");
    // The new user's question is at the server too: what is shown meanwhile is nobody's.
    await expect.poll(() => api.asked).toBe(2);
    await expect.poll(() => tab.eval(() => window.painted.length)).toBeGreaterThan(1);
    api.release();
    await expect.poll(() => tab.eval(() => window.mounted.shown())).toBe("bob");
    expect(await tab.eval(() => [...new Set(window.painted)])).not.toContain("ann");
    expect(await cacheOf(tab)).not.toContain("ann");
  });
}

test("L4: tanstackQuery: a query waits as long as the session says, and is tried again then", async ({
  recipes,
}) => {
  const { backend, openSignedIn } = await recipes();
  const tab = await openSignedIn("ann");
  const busy = new Response(null, { status: 503, headers: { "retry-after": "1" } });
  backend.intercept("/session/refresh", () => Promise.resolve(busy), 1);
  await tab.stepClock(70_000);
  await tab.eval(() => void (window.mounted = window.recipes.screens.tanstackQuery(window.session)));
  await expect.poll(() => tab.eval(() => window.mounted.shown())).toBe("ann");
  expect(backend.refreshes().map(({ status }) => status)).toEqual([503, 200]);
});
