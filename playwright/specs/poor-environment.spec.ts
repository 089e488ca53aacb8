/** L7, scenario 28: with less than the whole platform the session works in its tab, and says what is missing. */
import { holdAnswer } from "../support/faults.js";
import { expect, signIn, test, type World } from "../support/fixtures.js";
import type { Tab, TabOptions } from "../support/tabs.js";
import { collectPlaces } from "../support/taint.js";

/** A whole life: sign in, call, refresh, reload, sign out, reload. */
async function expectWholeLife({ backend }: World, tab: Tab): Promise<void> {
  await signIn(tab);
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(await tab.refresh()).toMatchObject({ ok: true });
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  await tab.page.reload();
  await tab.page.waitForFunction(() => window.loaded === true);
  await expect.poll(() => tab.status()).toBe("authenticated as ann");
  expect(await tab.eval(() => window.outcome(window.session.signOut()))).toMatchObject({
    value: { revoked: true },
  });
  expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated", reason: "signed-out" });
  await tab.page.reload();
  await tab.page.waitForFunction(() => window.loaded === true);
  expect(await tab.status()).toMatch(/^unauthenticated/);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
}

interface Lack {
  readonly port: string;
  readonly before: () => void;
}

const lacks: Readonly<Record<string, Lack>> = {
  "localStorage throws": {
    port: "storage",
    before: () =>
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("Denied", "SecurityError");
        },
      }),
  },
  "the storage quota is full": {
    port: "storage",
    before: () => {
      Storage.prototype.setItem = () => {
        throw new DOMException("Full", "QuotaExceededError");
      };
    },
  },
  "document.cookie throws": {
    port: "cookies",
    before: () =>
      Object.defineProperty(Document.prototype, "cookie", {
        get() {
          throw new DOMException("Denied", "SecurityError");
        },
        set() {
          throw new DOMException("Denied", "SecurityError");
        },
      }),
  },
  "the BroadcastChannel constructor throws": {
    port: "channel",
    before: () => {
      window.BroadcastChannel = function refuse() {
        throw new DOMException("Denied", "SecurityError");
      } as unknown as typeof BroadcastChannel;
    },
  },
  "there is no BroadcastChannel": {
    port: "channel",
    before: () => void Reflect.deleteProperty(window, "BroadcastChannel"),
  },
  "there are no Web Locks": {
    port: "lock",
    before: () => Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined }),
  },
  "Web Locks reject with a SecurityError": {
    port: "lock",
    before: () => {
      LockManager.prototype.request = () => Promise.reject(new DOMException("Denied", "SecurityError"));
      LockManager.prototype.query = () => Promise.reject(new DOMException("Denied", "SecurityError"));
    },
  },
  "Web Locks reject with an InvalidStateError": {
    port: "lock",
    before: () => {
      LockManager.prototype.request = () =>
        Promise.reject(new DOMException("Not active", "InvalidStateError"));
    },
  },
};

for (const [name, { port, before }] of Object.entries(lacks)) {
  test(`L7, scenario 28, attacks C9, C10: where ${name} a tab works by itself, and says so`, async ({
    world: create,
  }) => {
    const world = await create();
    const tab = await world.openTab({ before });
    await signIn(tab);
    await expect.poll(async () => (await tab.inspected("degraded")).map(({ port }) => port)).toContain(port);
    await expectWholeLife(world, tab);
  });
}

test(
  "L7, scenario 28: where scripts may not read cookies a tab works by itself, and says so",
  { tag: "@chromium" },
  async ({ world: create }) => {
    const world = await create();
    const page = await world.context.newPage();
    const devtools = await world.context.newCDPSession(page);
    await devtools.send("Emulation.setDocumentCookieDisabled", { disabled: true });
    const options: TabOptions = { page };
    const tab = await world.openTab(options);
    expect((await tab.inspected("degraded")).map(({ port }) => port)).toContain("cookies");
    await expectWholeLife(world, tab);
  },
);

test("L7, scenario 28: on plain http, where there are no Web Locks, a tab works by itself, and says so", async ({
  world: create,
}) => {
  const world = await create({ insecureHost: "app.test" });
  const tab = await world.openTab();
  expect(await tab.eval(() => [isSecureContext, "locks" in navigator])).toEqual([false, false]);
  expect((await tab.inspected("degraded")).map(({ port, reason }) => `${port} ${reason}`)).toContain(
    "context insecure",
  );
  await expectWholeLife(world, tab);
});

test("L3, L9: without a channel the other tab learns of a sign-out as soon as it is asked for a token", async ({
  world,
}) => {
  const { openSignedIn, openTab } = await world();
  const before = (): void => void Reflect.deleteProperty(window, "BroadcastChannel");
  const first = await openSignedIn("ann", { before });
  const second = await openTab({ before });
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  await first.eval(async () => void (await window.session.signOut()));
  expect(await second.getAccessToken()).toMatchObject({
    code: "unauthenticated",
    reason: "signed-out-elsewhere",
  });
});

test("L2: without Web Locks a tab still waits for the refresh that another tab has sent", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const before = (): void =>
    void Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
  const first = await openSignedIn("ann", { before });
  const second = await openTab({ before });
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend);
  const sent = first.refresh();
  await held.reached;
  const waiting = second.refresh();
  await expect.poll(async () => (await second.inspected("claim-awaited")).length).toBe(1);
  held.release();
  expect((await sent).ok).toBe(true);
  expect((await waiting).ok).toBe(true);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L5: without BroadcastChannel the fallback writes no token to disk", async ({ world }) => {
  const { findSecrets, openSignedIn } = await world();
  const before = (): void => void Reflect.deleteProperty(window, "BroadcastChannel");
  const tab = await openSignedIn("ann", { before });
  /** Whether the library keeps a message where other tabs find it: in a database, or in Web Storage. */
  const hasWritten = async (): Promise<boolean> => {
    expect(await tab.refresh()).toMatchObject({ ok: true });
    const places = await collectPlaces(tab.page);
    return places.some(
      ({ name, text }) => /Storage|IndexedDB/.test(name) && /broadcast.?channel.*from/i.test(text),
    );
  };
  await expect.poll(hasWritten).toBe(true);
  expect(await findSecrets()).toEqual([]);
});
