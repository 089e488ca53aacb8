/** The user leaves a page for another one of the site, and comes back. */
import type { Backend } from "./backend.js";
import type { Engine } from "./engines.js";
import { expect } from "./fixtures.js";
import { openStreams } from "./listening-tabs.js";
import type { Tab } from "./tabs.js";

/**
 * Waits until all that the tab asks for has a connection. For one that comes when the page is in the cache, Chromium throws
 * the page out: it meets the suite's certificate.
 */
export async function expectConnected(tab: Tab, backend: Backend): Promise<void> {
  await expect.poll(() => openStreams(backend, [tab])).toHaveLength(1);
}

export async function goAway({ page }: Tab, { origin }: Backend): Promise<void> {
  await page.evaluate(() =>
    window.addEventListener("pageshow", () => Object.assign(window, { wasKept: true })),
  );
  await page.goto(`${origin}/other`);
}

/**
 * Firefox's driver waits for ever for a page out of the cache, and WebKit's for the end of a script that the page left behind.
 *
 * @returns whether the browser had kept the page
 */
export async function comeBack({ page }: Tab, engine: Engine): Promise<boolean> {
  if (engine === "webkit") await page.goBack();
  else await page.evaluate(() => void setTimeout(() => history.back(), 0));
  await page.waitForFunction(() => window.loaded === true);
  return page.evaluate(() => "wasKept" in window);
}
