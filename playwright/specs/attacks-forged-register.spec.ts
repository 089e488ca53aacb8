/**
 * Attacks C1, F8: other scripts of the origin, and browsers that clean up, write and delete what the tabs read of each
 * other. That may cost a question to the server or a sign-out; it ends nothing else, and it never lasts.
 */
import { reset } from "../support/faults.js";
import type { World } from "../support/fixtures.js";
import { expect, signIn, test } from "../support/fixtures.js";
import type { Tab } from "../support/tabs.js";

const names = ["__Host-lockstep-version", "__Host-lockstep-epoch", "__Host-lockstep-hold"] as const;

/** Writes a cookie, and the copy of the record in Web Storage, as any script of the origin can; `null` deletes. */
async function forge({ page }: Tab, values: Readonly<Record<string, string | null>>): Promise<void> {
  await page.evaluate((values) => {
    for (const [name, value] of Object.entries(values)) {
      document.cookie = `${name}=${value ?? ""}; Path=/; Secure; SameSite=Strict; Max-Age=${value === null ? 0 : 600}`;
      if (value === null) localStorage.removeItem(name);
      else if (name.endsWith("-epoch")) localStorage.setItem(name, value);
    }
  }, values);
}

async function twoTabs({ openSignedIn, openTab }: World): Promise<[Tab, Tab]> {
  const first = await openSignedIn();
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  return [first, second];
}

/** Asks every tab for its token until each has looked at the register, which it does every 50 ms at most. */
async function expectOneQuestion({ backend }: World, tabs: readonly Tab[]): Promise<void> {
  await expect
    .poll(async () => {
      for (const tab of tabs) expect((await tab.getAccessToken()).ok).toBe(true);
      return backend.refreshes().length;
    })
    .toBe(1);
}

/** Deletes cookies by the server's hand, which reaches those that scripts cannot see. */
async function evict(world: World, tab: Tab, evicted: readonly string[]): Promise<void> {
  world.backend.intercept(
    "/evict",
    async () => {
      const response = new Response(null, { status: 204 });
      for (const name of evicted)
        response.headers.append("set-cookie", `${name}=; Path=/; Secure; SameSite=Strict; Max-Age=0`);
      return response;
    },
    1,
  );
  await tab.eval(async () => void (await fetch("/evict")));
}

const rubbish: Readonly<Record<string, string>> = {
  "nothing at all": "",
  "words of no language": "%00~~~;\"'<script>",
  "kilobytes of digits": "9".repeat(3_000),
  "the names of prototypes": "1~__proto__~constructor",
  "numbers that are none": "1~claim~NaN~-~-1~Infinity~1e999~0~-",
};

test("L4, attack C1: rubbish of all kinds in every readable cookie signs nobody out", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const [first, second] = await twoTabs(world);
  for (const [what, value] of Object.entries(rubbish)) {
    const before = backend.refreshes().length;
    await forge(first, Object.fromEntries(names.map((name) => [name, value])));
    for (const tab of [first, second])
      expect((await tab.callApi()).value, what).toEqual({ status: 200, user: "ann" });
    await first.page.reload();
    await first.page.waitForFunction(() => window.loaded === true);
    await expect.poll(() => first.status(), what).toBe("authenticated as ann");
    expect((await second.refresh()).ok, what).toBe(true);
    expect(await second.status(), what).toBe("authenticated as ann");
    expect(backend.refreshes().length - before, `${what}: a question or two`).toBeLessThanOrEqual(4);
  }
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L4, attack C1: readable cookies and storage that are cleared cost a question to the server, and no session", async ({
  world: create,
}) => {
  const world = await create();
  const [first, second] = await twoTabs(world);
  await forge(first, Object.fromEntries(names.map((name) => [name, null])));
  await expectOneQuestion(world, [first, second]);
  for (const tab of [first, second])
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  const third = await world.openTab();
  await expect.poll(() => third.status()).toBe("authenticated as ann");
  expect(world.backend.refreshes()).toHaveLength(1);
  expect(world.backend.eventsOf("reuse-detected")).toEqual([]);
});

for (const [what, evicted] of Object.entries({
  "the refresh cookie alone": ["__Host-lockstep"],
  "every cookie": ["__Host-lockstep", ...names],
})) {
  test(`L10, attack F8: a browser that evicts ${what} leaves everybody cleanly signed out, after one question`, async ({
    world: create,
  }) => {
    const world = await create();
    const { backend, openTab } = world;
    const [first, second] = await twoTabs(world);
    await evict(world, first, evicted);
    expect(await first.refresh()).toMatchObject({ ok: false, code: "unauthenticated", reason: "no-session" });
    await expect.poll(() => second.status()).toBe("unauthenticated: no-session");
    expect(await second.getAccessToken()).toMatchObject({ code: "unauthenticated" });
    const third = await openTab();
    expect(await third.status()).toBe("unauthenticated: no-session");
    expect(backend.refreshes()).toHaveLength(1);
    await signIn(third, "bob");
    for (const tab of [first, second]) await expect.poll(() => tab.status()).toBe("authenticated as bob");
  });
}

/** The name of the session, which the version cookie tells every script. */
function sessionIdOf({ page }: Tab): Promise<string> {
  return page.evaluate(() => /-version=([^;]+)\.\d+/.exec(document.cookie)?.[1] ?? "");
}

test("L4, attack C1: a forged sign-out that does not name the session costs a question to the server, and nobody is signed out", async ({
  world: create,
}) => {
  const world = await create();
  const [first, second] = await twoTabs(world);
  await forge(first, { "__Host-lockstep-epoch": "1~77~-~signed-out~-" });
  await expectOneQuestion(world, [first, second]);
  for (const tab of [first, second])
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(world.backend.refreshes()).toHaveLength(1);
});

test("L9, attack C1: a forged sign-out that names it signs out, in every tab alike, and the next sign-in works", async ({
  world: create,
}) => {
  const world = await create();
  const [first, second] = await twoTabs(world);
  await forge(first, { "__Host-lockstep-epoch": `1~77~.${await sessionIdOf(first)}~signed-out~-` });
  for (const tab of [first, second])
    await expect.poll(() => tab.getAccessToken()).toMatchObject({ code: "unauthenticated" });
  await signIn(second, "bob");
  await expect.poll(() => first.status()).toBe("authenticated as bob");
  for (const tab of [first, second])
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "bob" });
});

test("L3, attack C1: after a forged record of the last epoch that can be written a sign-out still reaches every tab, offline too", async ({
  world: create,
}) => {
  const world = await create();
  const [first, second] = await twoTabs(world);
  await forge(first, { "__Host-lockstep-epoch": `1~${"9".repeat(15)}~-~signed-out~-` });
  await signIn(first, "bob");
  await expect.poll(() => second.status()).toBe("authenticated as bob");
  const third = await world.openTab();
  await expect.poll(() => third.status()).toBe("authenticated as bob");
  // The server cannot tell it: the tabs have nothing but what they tell each other.
  world.backend.intercept("/session/", reset);
  await third.eval(async () => void (await window.session.signOut()));
  for (const tab of [first, second, third])
    await expect.poll(() => tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated" });
  await third.page.reload();
  await third.page.waitForFunction(() => window.loaded === true);
  expect(await third.status()).toMatch(/^unauthenticated/);
});
