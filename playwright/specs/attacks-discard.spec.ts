/**
 * Attack E5: the browser throws a background tab away to save memory, without any event, and loads it anew when the user
 * comes back to it. Chromium can be told to, on a page of its own.
 */
import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.js";
import type { Tab } from "../support/tabs.js";

/** The part of `chrome://discards` that discards. */
interface Discards {
  readonly DetailsProvider: {
    getRemote(): {
      getTabDiscardsInfo(): Promise<{
        readonly infos: readonly { readonly tabUrl: string; readonly id: number }[];
      }>;
      discardById(id: number, reason: number): Promise<unknown>;
      loadById(id: number): void;
    };
  };
}

/** Opens the page that discards, in front of all others. */
async function openDiscards(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("chrome://chrome-urls/");
  await page.getByRole("button", { name: /debug/i }).first().click();
  await page.goto("chrome://discards/");
  await page.bringToFront();
  return page;
}

async function tell(discards: Page, order: "discard" | "load", { url }: Tab): Promise<void> {
  await discards.evaluate(
    async ({ order, url }) => {
      const module = "./discards.mojom-webui.js";
      const { DetailsProvider } = (await import(module)) as Discards;
      const provider = DetailsProvider.getRemote();
      const { infos } = await provider.getTabDiscardsInfo();
      const { id } = infos.find(({ tabUrl }) => tabUrl === url) ?? { id: -1 };
      if (order === "load") provider.loadById(id);
      else await provider.discardById(id, 0);
    },
    { order, url },
  );
}

/** The tab as the browser loads it anew. */
async function comeBack(context: BrowserContext, discards: Page, tab: Tab): Promise<Page> {
  const loaded = context.waitForEvent("page");
  await tell(discards, "load", tab);
  const page = await loaded;
  await page.waitForFunction(() => window.loaded === true, undefined, { polling: 50 });
  const wasDiscarded = await page.evaluate(
    () => (document as Document & { wasDiscarded?: boolean }).wasDiscarded,
  );
  expect(wasDiscarded).toBe(true);
  return page;
}

test(
  "L1, L9, attack E5: a tab that was discarded comes back signed in, with one refresh",
  { tag: "@chromium" },
  async ({ world }) => {
    const { backend, context, openSignedIn } = await world({ real: true });
    const tab = await openSignedIn();
    const discards = await openDiscards(context);
    await tell(discards, "discard", tab);
    await expect.poll(() => tab.page.isClosed()).toBe(true);
    const page = await comeBack(context, discards, tab);
    // Hidden: it refreshes when somebody asks.
    const asked = await page.evaluate(async () => {
      const response = await window.session.fetch("/api/echo");
      return (await response.json()) as unknown;
    });
    expect(asked).toMatchObject({ user: "ann" });
    expect(backend.refreshes()).toHaveLength(1);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  },
);

test(
  "L3, attack E5: a tab that was discarded before a sign-out comes back signed out",
  { tag: "@chromium" },
  async ({ world }) => {
    const { backend, context, openSignedIn, openTab } = await world({ real: true });
    const tab = await openSignedIn();
    const other = await openTab({ page: await context.newPage() });
    await expect.poll(() => other.status()).toBe("authenticated as ann");
    const discards = await openDiscards(context);
    await tell(discards, "discard", tab);
    await expect.poll(() => tab.page.isClosed()).toBe(true);
    await other.eval(async () => void (await window.session.signOut()));
    const page = await comeBack(context, discards, tab);
    expect(await page.evaluate(() => window.outcome(window.session.getAccessToken()))).toMatchObject({
      ok: false,
      code: "unauthenticated",
    });
    expect(backend.refreshes()).toEqual([]);
  },
);
