/**
 * The adapters keep the promises of their ports in a real page, in the words of the suites that the doubles of
 * `@lockstep/testing` pass too: what the unit tests and the simulation run on is no fiction.
 *
 * Not shown here: timers that wait for hours, which would take as long. Real tabs, hidden, frozen and killed ones, are what
 * the other specs are about.
 */
import type { Page } from "@playwright/test";
import {
  activityConformance,
  channelConformance,
  clockConformance,
  lifecycleConformance,
  lockConformance,
  presenceConformance,
  registerConformance,
  timersConformance,
  transportConformance,
} from "@lockstep/testing/conformance";
import { startConformancePage, type ConformancePage } from "../support/conformance-page.js";
import { expect, test } from "../support/fixtures.js";

/** Only the titles are of interest on this side; nothing is ever created. */
function nothing(): never {
  throw new Error("The cases run in the page.");
}

const suites = {
  lock: lockConformance(nothing),
  presence: presenceConformance(nothing),
  channel: channelConformance(nothing),
  register: registerConformance(nothing),
  activity: activityConformance(nothing),
  lifecycle: lifecycleConformance(nothing),
  timers: timersConformance(nothing).filter(({ lastsMs }) => lastsMs === 0),
  clock: clockConformance(nothing),
  transport: transportConformance(nothing),
};

declare global {
  interface Window {
    runConformance?: (port: string, title: string) => Promise<string | null>;
  }
}

let site: ConformancePage;
let page: Page;

test.beforeAll(async ({ browserFor }, { file }) => {
  const browser = await browserFor(file);
  site = await startConformancePage();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
  await page.goto(site.url);
});

test.afterAll(async () => {
  await page.context().close();
  await site.close();
});

for (const [port, cases] of Object.entries(suites)) {
  test.describe(`the ${port} adapter`, () => {
    for (const { title } of cases)
      test(title, async () => {
        const broken = await page.evaluate(
          ([port, title]) => window.runConformance?.(port, title) ?? "The page has not loaded its script.",
          [port, title] as const,
        );
        expect(broken).toBeNull();
      });
  });
}
