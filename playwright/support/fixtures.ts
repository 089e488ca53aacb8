/**
 * The world of a test: one browser profile, one server, as many tabs as it takes. Ends with two checks that no test can
 * forget: no secret is in sight (L5, scenario 36), and no page threw or left a rejection unhandled.
 */
import {
  test as base,
  expect,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from "@playwright/test";
import { startBackend, type Backend, type BackendOptions } from "./backend.js";
import { bundleScripts, type Scripts } from "./bundle.js";
import type { Engine } from "./engines.js";
import { startInternet, type Internet, type SentElsewhere } from "./internet.js";
import { launch } from "./launch.js";
import { startRealBrowser } from "./real-tabs.js";
import { startForeignServer, type ForeignServer } from "./foreign.js";
import { openTab, type Tab, type TabOptions, type Witness } from "./tabs.js";
import { collectCookies, collectPlaces, findSecrets } from "./taint.js";

export { expect } from "@playwright/test";

export interface WorldOptions extends BackendOptions {
  /** A browser with hidden, frozen and cached pages: Playwright's Chromium has none. */
  readonly real?: boolean;
  readonly context?: BrowserContextOptions;
  /** A context that the test brings along. */
  readonly existing?: BrowserContext;
  /** This test plants secrets: at its end there must be some to find. */
  readonly planted?: boolean;
  /** This test makes pages throw. */
  readonly errorsExpected?: boolean;
}

/** One browser profile with its tabs. */
export interface Profile {
  readonly context: BrowserContext;
  openTab(options?: TabOptions): Promise<Tab>;
  /** Opens several at once. */
  openTabs(count: number, options?: TabOptions): Promise<Tab[]>;
  /** A tab in which somebody has signed in. */
  openSignedIn(user?: string, options?: TabOptions): Promise<Tab>;
}

export interface World extends Profile {
  readonly backend: Backend;
  /** Another profile, as on another device: the two share nothing but the server. */
  openDevice(): Promise<Profile>;
  /** Another session server, on another origin: its session endpoints are for pages of the origins that it is told. */
  openSessionServer(options: BackendOptions): Promise<Backend>;
  /** `allowed`: the token may go there. */
  openForeignServer(options?: { readonly allowed?: boolean }): Promise<ForeignServer>;
  /** What was sent to hosts beyond this machine, or would have been. */
  sentElsewhere(): readonly SentElsewhere[];
  /** Takes the network away, or gives it back. */
  setOffline(offline: boolean): Promise<void>;
  /** Where secrets are that must not be there. */
  findSecrets(): Promise<readonly string[]>;
}

interface Fixtures {
  world(options?: WorldOptions): Promise<World>;
}

/** Signs in with a real request, and waits until the tab knows. */
export async function signIn(tab: Tab, user = "ann"): Promise<void> {
  await tab.eval(
    async (user) =>
      void (await window.session.signIn(() =>
        fetch(`${location.origin}/login?user=${user}`, { method: "POST" }),
      )),
    user,
  );
}

interface WorkerFixtures {
  scripts: Scripts;
  engine: Engine;
  internet: Internet;
  /**
   * The browser for the tests of a file, none of which begins with what other files left: a driven Firefox keeps memory of
   * every page that it opened, and grows slower with it.
   */
  browserFor(file: string): Promise<Browser>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  engine: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use, { project }) => use(project.name as Engine),
    { scope: "worker" },
  ],

  internet: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use) => {
      const internet = await startInternet();
      await use(internet);
      internet.close();
    },
    { scope: "worker" },
  ],

  browserFor: [
    async ({ engine, internet }, use) => {
      let ofFile = "";
      let browser = null as Browser | null;
      await use(async (file) => {
        if (browser !== null && file === ofFile) return browser;
        await browser?.close();
        browser = await launch(engine, internet.port);
        ofFile = file;
        return browser;
      });
      await browser?.close();
    },
    { scope: "worker" },
  ],

  scripts: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use) => {
      await use(await bundleScripts());
    },
    { scope: "worker" },
  ],

  world: async ({ browserFor, engine, internet, scripts }, use, { file }) => {
    const browser = await browserFor(file);
    const endings: (() => Promise<void>)[] = [];
    await use(async (options = {}) => {
      const { real = false, planted = false, errorsExpected = false, existing } = options;
      const start = async (backendOptions: BackendOptions): Promise<Backend> => {
        const started = await startBackend(scripts, backendOptions);
        if (backendOptions.host !== undefined) internet.bringHere(started.origin);
        return started;
      };
      const backend = await start(options);
      const sentBefore = internet.sent.length;
      const witness: Witness = { places: [], errors: [] };
      const own = real && engine === "chromium" ? await startRealBrowser() : null;
      const context = existing ?? own?.context ?? (await browser.newContext(options.context));
      const devices: BrowserContext[] = [];
      const tabs: Tab[] = [];
      const backends = [backend];
      const others: { server: ForeignServer; allowed: boolean }[] = [];

      const profileOf = (context: BrowserContext): Profile => {
        const profile: Profile = {
          context,
          async openTab(tabOptions = {}) {
            const number = tabs.length + 1;
            // The place is taken before anything is awaited: tabs may be opened side by side.
            tabs.length = number;
            const tab = await openTab({ context, origin: backend.origin, witness, number }, tabOptions);
            tabs[number - 1] = tab;
            return tab;
          },
          openTabs: (count, tabOptions) =>
            Promise.all(Array.from({ length: count }, () => profile.openTab(tabOptions))),
          async openSignedIn(user, tabOptions) {
            const tab = await profile.openTab(tabOptions);
            await signIn(tab, user);
            return tab;
          },
        };
        return profile;
      };

      const world: World = {
        ...profileOf(context),
        backend,
        async openDevice() {
          const device = await browser.newContext(options.context);
          devices.push(device);
          return profileOf(device);
        },
        async openSessionServer(serverOptions) {
          const server = await start(serverOptions);
          backends.push(server);
          return server;
        },
        async openForeignServer({ allowed = false } = {}) {
          const server = await startForeignServer();
          others.push({ server, allowed });
          return server;
        },
        sentElsewhere: () => internet.sent.slice(sentBefore),
        setOffline: (offline) =>
          // WebDriver has no such command: there the server cannot be reached, and no page is told why.
          engine === "webkit" ? backend.setReachable(!offline) : context.setOffline(offline),
        async findSecrets() {
          const inPages = await Promise.all(tabs.filter(Boolean).map(({ page }) => collectPlaces(page)));
          const onTheWire = backends
            .flatMap(({ requests }) => requests)
            .map(({ path, search }) => ({ name: "request URL", text: path + search }));
          const elsewhere = others.flatMap(({ server, allowed }) =>
            (allowed ? [] : server.requests).map((request) => ({
              name: "a foreign server",
              text: JSON.stringify(request),
            })),
          );
          const places = [
            ...witness.places,
            ...inPages.flat(),
            ...(await Promise.all([context, ...devices].map(collectCookies))).flat(),
            ...onTheWire,
          ];
          const pieces = backends.flatMap(({ secrets }) => secrets.pieces());
          return [...new Set(findSecrets([...places, ...elsewhere], pieces))];
        },
      };

      endings.push(async () => {
        try {
          // Before the search, which makes noise of its own where a page has no database to look into.
          const errors = [...witness.errors];
          const found = await world.findSecrets();
          if (planted) expect(found, "the planted secrets are found").not.toEqual([]);
          else expect(found, "L5: no secret is in sight").toEqual([]);
          if (!errorsExpected) expect(errors, "no page threw anything").toEqual([]);
        } finally {
          for (const { server } of others) await server.close();
          for (const each of backends) await each.close();
          for (const device of devices) await device.close();
          if (own !== null) await own.close();
          else if (existing === undefined) await context.close();
        }
      });
      return world;
    });
    for (const end of endings) await end();
  },
});
