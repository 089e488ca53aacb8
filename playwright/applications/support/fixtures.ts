/** A world for one example: a browser profile, a server, as many tabs as it takes. Ends with what the pages complained of. */
import { test as base, type Browser, type BrowserContext } from "@playwright/test";
import { startInternet } from "../../support/internet.js";
import { launch } from "../../support/launch.js";
import { startRealBrowser } from "../../support/real-tabs.js";
import { applicationIn, type Application } from "./application.js";
import { createComplaints, type Complaints } from "./complaints.js";
import type { Example } from "./examples.js";
import { buildPage, type Page } from "./page-files.js";
import { startServer, type ExampleServer } from "./server.js";

export { expect } from "@playwright/test";

/** What a browser says of itself. */
export const firefoxOnWindows =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

export interface WorldOptions {
  /** Of access tokens. Default 60. */
  readonly lifetimeSeconds?: number;
  /** A browser with a back/forward cache: Playwright's own launch has none. */
  readonly real?: boolean;
}

export interface World {
  readonly server: ExampleServer;
  readonly context: BrowserContext;
  readonly complaints: Complaints;
  /** The application in a new tab. */
  openTab(): Promise<Application>;
  /** In another browser, on another device. */
  openElsewhere(): Promise<Application>;
  /** In five tabs; the same user is signed in in all of them, unless that is `null`. */
  openFiveTabs(user: "Ada" | null): Promise<readonly [Application, ...Application[]]>;
}

interface Fixtures {
  /** An example with a server of its own. */
  world(example: Example, options?: WorldOptions): Promise<World>;
}

export const test = base.extend<Fixtures, { browser: Browser; pageOf: (example: Example) => Promise<Page> }>({
  browser: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use) => {
      const internet = await startInternet();
      const browser = await launch("chromium", internet.port);
      await use(browser);
      await browser.close();
      internet.close();
    },
    { scope: "worker" },
  ],

  pageOf: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use) => {
      const built = new Map<Example, Promise<Page>>();
      await use((example) => {
        const page = built.get(example) ?? buildPage(example);
        built.set(example, page);
        return page;
      });
    },
    { scope: "worker", timeout: 120_000 },
  ],

  world: async ({ browser, pageOf }, use) => {
    const endings: (() => Promise<void>)[] = [];
    const complaints = createComplaints();

    await use(async (example, { lifetimeSeconds = 60, real = false } = {}) => {
      const server = await startServer(await pageOf(example), lifetimeSeconds);
      const own = real ? await startRealBrowser() : null;
      const context = own?.context ?? (await browser.newContext({ ignoreHTTPSErrors: true }));
      endings.push(async () => {
        await (own ?? context).close();
        await server.close();
      });

      async function openTab(within: BrowserContext = context): Promise<Application> {
        const page = await within.newPage();
        complaints.watch(page);
        await page.goto(server.origin);
        return applicationIn(page);
      }

      return {
        server,
        context,
        complaints,
        openTab: () => openTab(),
        async openElsewhere() {
          const elsewhere = await browser.newContext({
            ignoreHTTPSErrors: true,
            userAgent: firefoxOnWindows,
          });
          endings.unshift(() => elsewhere.close());
          return openTab(elsewhere);
        },
        async openFiveTabs(user) {
          const first = await openTab();
          await first.expectSignedOut();
          if (user !== null) await first.signIn(user);
          const others = await Promise.all(Array.from({ length: 4 }, () => openTab()));
          for (const tab of [first, ...others])
            await (user === null ? tab.expectSignedOut() : tab.expectSignedInAs(user));
          return [first, ...others];
        },
      };
    });

    for (const end of endings) await end();
    complaints.check();
  },
});
