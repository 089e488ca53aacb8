/**
 * Two real browsers, two server processes, a real database, and trouble: `scripts/cluster.mjs` runs it and prints what it
 * leaves in a file. Not part of `npm test`, which has `applications/cluster.spec.ts`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, type BrowserContext } from "@playwright/test";
import { overlapLimitMs } from "../support/listening-tabs.js";
import { startInternet } from "../support/internet.js";
import { launch } from "../support/launch.js";
import { startRealBrowser } from "../support/real-tabs.js";
import type { Witness } from "../support/tabs.js";
import { churn } from "./churn.js";
import { openDevices } from "./devices.js";
import { test } from "./fixtures.js";
import { revocations, revokeOnce, type Delay } from "./revocation.js";
import { startService, type StoreName } from "./service.js";
import { expectUnharmed, makeTrouble } from "./trouble.js";

const minuteMs = 60_000;
const store = (process.env["CLUSTER_STORE"] ?? "postgres") as StoreName;
const minutes = Number(process.env["CLUSTER_MINUTES"] ?? 3);
const rounds = Number(process.env["CLUSTER_ROUNDS"] ?? 20);

/** What a browser is promised: it is told within this of the decision, and another tab listens within this (H6, R-141). */
const promisedMs = 1_000;

/** Tabs that come and go for two thirds of the time that the trouble takes. */
const churnMs = (minutes * minuteMs * 2) / 3;

function note(name: string, figures: object): void {
  const folder = new URL("../../.tmp/cluster/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${store}-${name}.json`, folder), JSON.stringify(figures, null, 1));
}

test("H6: a revocation reaches ten tabs of two browsers within a second, and each browser has one stream", async ({
  keep,
}) => {
  test.setTimeout(churnMs + (2 + rounds) * minuteMs);
  const service = keep(await startService(store, { lifetimeSeconds: 300, graceSeconds: 0 }));
  const browsers = [keep(await startRealBrowser()), keep(await startRealBrowser())];
  const witness: Witness = { places: [], errors: [] };
  const contexts = browsers.map(({ context }) => context);
  // Each has an empty page to begin with, which would come to the front at some time.
  const empty = contexts.flatMap((context) => context.pages());
  const [first, second] = await openDevices(service, contexts, witness, () => "ann");
  for (const page of empty) await page.close();
  const pair = [first!, second!] as const;

  const delays: { readonly title: string; readonly delays: readonly Delay[] }[] = [];
  const from = Date.now();
  for (const revocation of revocations) {
    const ofRounds: Delay[] = [];
    for (let round = 0; round < rounds; round += 1)
      ofRounds.push(await revokeOnce(service, pair, revocation, round));
    delays.push({ title: revocation.title, delays: ofRounds });
  }
  const quiet = pair.map(({ name }) => service.streams.figures(name, from, Date.now()).mostAtOnce);
  note("revocations", { delays, mostAtOnce: Math.max(...quiet) });

  const figures = await churn(service, pair, churnMs);
  note("streams", figures);
  for (const device of pair) await device.settle();

  for (const { title, delays: ofRounds } of delays)
    expect(Math.max(...ofRounds.map(({ ms }) => ms)), title).toBeLessThan(promisedMs);
  expect(Math.max(...quiet), "streams at once, while no tab comes or goes").toBe(1);
  // One that was closed may still be on its way to the server when the next is opened.
  expect(figures.mostAtOnce, "streams at once, while tabs come and go").toBeLessThan(3);
  expect(Math.max(0, ...figures.overlapsMs), "of two at once one ends").toBeLessThan(overlapLimitMs);
  expect(Math.max(0, ...figures.handOversMs), "another tab listens").toBeLessThan(promisedMs);
  expect(witness.errors, "no page threw anything").toEqual([]);
  expect(service.crashes).toEqual([]);
});

test("D9: processes killed and a database restarted sign nobody out, and no revoked session lives on", async ({
  keep,
}) => {
  test.setTimeout((minutes + 10) * minuteMs);
  const service = keep(await startService(store, { lifetimeSeconds: 4, graceSeconds: 0 }));
  const internet = keep(await startInternet());
  const browser = keep(await launch("chromium", internet.port));
  const witness: Witness = { places: [], errors: [] };
  const contexts: BrowserContext[] = [];
  for (let count = 0; count < 4; count += 1)
    contexts.push(await browser.newContext({ ignoreHTTPSErrors: true }));
  const devices = await openDevices(service, contexts, witness, (index) => `user-${index}`);
  // Some revocations are asked for in the moment in which something else happens.
  const figures = await makeTrouble(service, devices, {
    durationMs: minutes * minuteMs,
    kills: { firstMs: 10_000, everyMs: 20_000 },
    restarts: { firstMs: 20_000, everyMs: 40_000 },
    revocations: { firstMs: 5_000, everyMs: 15_000 },
  });
  note("trouble", figures);
  expectUnharmed(figures);
  expect(witness.errors, "no page threw anything").toEqual([]);
});
