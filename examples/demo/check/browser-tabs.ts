/** The visitor's tabs: pages of the demo in one browser profile, and what their inspection events say. */
import type { Inspected } from "@lockstep/core";
import { chromium, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { until } from "./until.ts";

/** No sandbox: the check runs in containers, as root. The rest keeps the browser from talking to anybody else. */
const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Loading a page on a busy machine. */
export const loadingLimitMs = 30_000;

export interface Tab {
  readonly page: Page;
  /** As its events said at last. */
  readonly latest: Extract<Inspected, { type: "transition" }> | null;
  /** A refresh of this tab is out, and has not been answered. */
  readonly isRefreshing: boolean;
  readonly events: readonly Inspected[];
}

/** Tabs of one browser profile. */
export interface BrowserTabs {
  /** Those that are open. */
  readonly open: readonly Tab[];
  openTab(): Promise<Tab>;
  closeTab(tab: Tab): Promise<void>;
  /** What went wrong in the pages themselves. */
  readonly pageErrors: readonly string[];
  /** Waits until every open tab holds the same token, of revision `least` or later; returns its revision. */
  agree(least: number, limitMs: number): Promise<number>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    /** Carries inspection events out of the pages. */
    reportToCheck: (event: Inspected) => void;
  }
}

function createTab(page: Page): { readonly tab: Tab; readonly take: (event: Inspected) => void } {
  const events: Inspected[] = [];
  const tab = { page, events, latest: null as Tab["latest"], isRefreshing: false };
  function take(event: Inspected): void {
    events.push(event);
    if (event.type === "transition") tab.latest = event;
    if (event.type === "refresh-sent") tab.isRefreshing = true;
    if (event.type === "refreshed" || event.type === "backing-off") tab.isRefreshing = false;
  }
  return { tab, take };
}

/** Starts the browser that `CHROMIUM_BIN` names. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_BIN"];
  if (executablePath === undefined || executablePath === "")
    throw new Error("CHROMIUM_BIN names no browser. Run the check with `npm run demo -- --check`.");
  return chromium.launch({ executablePath, args: browserArguments });
}

export async function createBrowserTabs(browser: Browser, url: string): Promise<BrowserTabs> {
  // Without motion: twenty pages at sixty frames a second would measure the drawing.
  const context: BrowserContext = await browser.newContext({ reducedMotion: "reduce" });
  const open = new Map<Page, ReturnType<typeof createTab>>();
  const pageErrors: string[] = [];

  await context.exposeBinding("reportToCheck", ({ page }, event: Inspected) => open.get(page)?.take(event));
  context.on("weberror", (error) => pageErrors.push(error.error().message));

  const tabs = (): readonly Tab[] => [...open.values()].map(({ tab }) => tab);

  return {
    get open() {
      return tabs();
    },
    pageErrors,
    async openTab() {
      const page = await context.newPage();
      const entry = createTab(page);
      open.set(page, entry);
      await page.goto(url, { timeout: loadingLimitMs });
      await page.waitForFunction(() => window.lockstepDemo !== undefined, null, { timeout: loadingLimitMs });
      await page.evaluate(() => {
        const { session, history } = window.lockstepDemo;
        let said = "";
        function report(event: Inspected): void {
          const now = event.type === "transition" ? `${event.status} ${event.revision}` : "";
          // Most turns only look at something.
          if (now !== "" && now === said) return;
          if (now !== "") said = now;
          window.reportToCheck(event);
        }
        history.forEach(report);
        session.inspect(report);
      });
      await page.evaluate(async () => void (await window.lockstepDemo.session.ready()));
      return entry.tab;
    },
    async closeTab(tab) {
      open.delete(tab.page);
      await tab.page.close();
    },
    agree: (least, limitMs) =>
      until(
        () => {
          const revisions = new Set(tabs().map(({ latest }) => latest?.revision ?? -1));
          const [revision = -1] = revisions;
          return revisions.size === 1 && revision >= least && revision;
        },
        { what: "all tabs to hold the same token", limitMs },
      ),
    close: () => context.close(),
  };
}
