/** A browser profile in front of the Next.js example, and what each of its pages showed from the first paint on. */
import { expect, type BrowserContext, type Page } from "@playwright/test";
import { applicationIn, type Application } from "./support/application.js";
import { createComplaints, type Complaints } from "./support/complaints.js";
import { test as base } from "./support/fixtures.js";
import { buildNext, startHttpsProxy, startNext, type HttpsProxy } from "./next-example.js";

export { expect } from "@playwright/test";

/** What stands for each status of the session. */
export type Shown = "loading" | "signed out" | "signed in";

declare global {
  interface Window {
    shown: Shown[];
  }
}

/** Runs in the page before anything else: notes which of the three pages are on the screen, as often as that changes. */
function observe(): void {
  window.shown = [];
  const look = (): void => {
    const text = document.querySelector("main")?.textContent ?? "";
    const now: Shown | null = text.includes("One moment")
      ? "loading"
      : text.includes("Signed in as")
        ? "signed in"
        : text.includes("Password")
          ? "signed out"
          : null;
    if (now !== null && now !== window.shown.at(-1)) window.shown.push(now);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

/** What the page has shown since it was loaded, in its order. */
export function shownIn(page: Page): Promise<Shown[]> {
  return page.evaluate(() => window.shown);
}

/** Holds a page's scripts back: what it shows until `release` is what the server rendered. */
export async function holdScripts(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(/\.js$/, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

export interface Visit {
  readonly context: BrowserContext;
  readonly complaints: Complaints;
  /** The application in a new tab; `prepare` comes before it is loaded. */
  openTab(prepare?: (page: Page) => Promise<unknown>): Promise<Application>;
  /** The application in another browser, on another device. */
  openElsewhere(): Promise<Application>;
  /** The text of the HTML as the server sends it with the cookies of this browser, without any script run. */
  readHtml(): Promise<string>;
  /** How often the refresh token was replaced, the sign-in included. */
  generation(): Promise<number>;
  /** The requests of this test for a new token. */
  refreshes(): readonly string[];
  /** How many event streams of all browsers are open. */
  openStreams(): number;
}

interface NextSite {
  readonly proxy: HttpsProxy;
  /** What Next said while it was built and started. */
  output(): string;
}

export const test = base.extend<{ visit: Visit }, { build: string; site: NextSite }>({
  build: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use) => {
      await use(await buildNext());
    },
    // For what hangs.
    { scope: "worker", timeout: 900_000 },
  ],

  site: [
    async ({ build }, use) => {
      const proxy = await startHttpsProxy();
      const next = await startNext({ NODE_ENV: "production", PUBLIC_ORIGIN: proxy.origin });
      proxy.target = next.url;
      await use({ proxy, output: () => build + next.output() });
      await proxy.close();
      await next.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  visit: async ({ browser, site: { proxy } }, use) => {
    const contexts: BrowserContext[] = [];
    const newContext = async (): Promise<BrowserContext> => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      contexts.push(context);
      await context.addInitScript(observe);
      return context;
    };
    const context = await newContext();
    const complaints = createComplaints();
    const first = proxy.requests.length;

    const openTab = async (page: Page, prepare: (page: Page) => Promise<unknown>): Promise<Application> => {
      complaints.watch(page);
      await prepare(page);
      await page.goto(proxy.origin, { waitUntil: "commit" });
      return applicationIn(page);
    };
    const nothing = async (): Promise<void> => undefined;

    await use({
      context,
      complaints,
      openTab: async (prepare = nothing) => openTab(await context.newPage(), prepare),
      openElsewhere: async () => openTab(await (await newContext()).newPage(), nothing),
      async readHtml() {
        const response = await context.request.get(proxy.origin);
        return response.text();
      },
      async generation() {
        const cookies = await context.cookies(proxy.origin);
        const version = cookies.find(({ name }) => name === "__Host-lockstep-version");
        return Number(version?.value.split(".")[1]);
      },
      openStreams: proxy.openStreams,
      refreshes: () => proxy.requests.slice(first).filter((each) => each === "POST /session/refresh"),
    });

    for (const each of contexts) await each.close();
    // Its streams are none of the next test's.
    await expect.poll(proxy.openStreams).toBe(0);
    complaints.check();
  },
});
