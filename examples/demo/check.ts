/**
 * `npm run demo -- --check`: uses the demo as a visitor would, in a real Chromium, against a strict server of its own.
 *
 * Prints one line per figure, measured in this run, with its target. The exit status is 0 only if all are met.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey } from "@lockstep/server";
import { startDemoServer } from "./backend/demo-server.ts";
import { buildPage } from "./backend/page-files.ts";
import { createBrowserTabs, launchBrowser, loadingLimitMs } from "./check/browser-tabs.ts";
import { measureKilledTabs } from "./check/killed-tabs.ts";
import { measureLifetimes } from "./check/lifetimes.ts";
import { measureNewTabs } from "./check/new-tabs.ts";
import { exactly, printRows, unmeasured, type Row } from "./check/rows.ts";
import { measureSignOut } from "./check/sign-out.ts";
import type { Visit } from "./check/visit.ts";

/** Short, so that ten of them are lived through in half a minute. */
const lifetimeSeconds = 4;

/** Signs in through the form, as a person does. */
async function signIn({ tabs }: Visit): Promise<readonly Row[]> {
  const { page } = await tabs.openTab();
  await page.getByLabel("Ada").check();
  await page.getByLabel(/^Password/).fill("demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Everywhere" }).waitFor({ timeout: loadingLimitMs });
  return [];
}

/** What must not have happened in all that time. */
function measureAccidents({ server, tabs }: Visit): readonly Row[] {
  return [
    exactly("refresh tokens replayed (reuse events)", server.figures.read().reuseEvents, 0),
    exactly("errors in the pages", tabs.pageErrors.length, 0),
  ];
}

type Measure = (visit: Visit) => Promise<readonly Row[]>;

const parts: readonly (readonly [string, Measure])[] = [
  ["signing in", signIn],
  ["new tabs", (visit) => measureNewTabs(visit, "at first")],
  ["lifetimes", measureLifetimes],
  ["closing the refreshing tab", measureKilledTabs],
  ["new tabs, later", (visit) => measureNewTabs(visit, "later")],
  ["signing out", measureSignOut],
];

/** Each part builds on the one before: after the first that cannot be measured the others are not tried. */
async function measureParts(visit: Visit): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [name, measure] of parts) {
    try {
      rows.push(...(await measure(visit)));
    } catch (error) {
      return [...rows, unmeasured(name, error)];
    }
  }
  return rows;
}

const data = await mkdtemp(join(tmpdir(), "lockstep-demo-"));
const server = await startDemoServer({
  port: 0,
  lifetimeSeconds,
  database: join(data, "sessions.db"),
  signingKey: await generateSigningKey(),
  page: await buildPage(),
});
const browser = await launchBrowser();
const begun = performance.now();

try {
  const tabs = await createBrowserTabs(browser, server.url);
  const visit = {
    server,
    tabs,
    lifetimeMs: lifetimeSeconds * 1_000,
    tabCount: 20,
    lifetimeCount: 10,
    killCount: 10,
  };
  const rows = [...(await measureParts(visit)), ...measureAccidents(visit)];
  printRows(rows);
  console.log(`  ${Math.round((performance.now() - begun) / 1_000)} s, tokens of ${lifetimeSeconds} s`);
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
} finally {
  await browser.close();
  await server.close();
  await rm(data, { recursive: true });
}
