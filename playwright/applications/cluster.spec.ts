/**
 * Several browsers, two server processes and a real database. `npm run cluster` does the same for minutes, and prints what it
 * measures.
 */
import { expect, test, type Browser, type BrowserContext } from "@playwright/test";
import { suiteOf } from "../../packages/server/test/services/programs.js";
import { openDevices } from "../cluster/devices.js";
import { revocations, revokeOnce } from "../cluster/revocation.js";
import { startService, stores, type Service, type StoreName } from "../cluster/service.js";
import { expectUnharmed, makeTrouble } from "../cluster/trouble.js";
import { startInternet, type Internet } from "../support/internet.js";
import { launch } from "../support/launch.js";
import type { Witness } from "../support/tabs.js";

/** For what hangs: ten tabs share two cores with their servers, and with whatever else the machine does. */
test.setTimeout(180_000);

/** Far from the next refresh, and from a second, which `npm run cluster` judges by: here the machine may be busy. */
const atOnceMs = 5_000;

let internet: Internet;
let browser: Browser;

test.beforeAll(async () => {
  internet = await startInternet();
  browser = await launch("chromium", internet.port);
});

test.afterAll(async () => {
  await browser.close();
  internet.close();
});

interface World {
  readonly service: Service;
  readonly contexts: readonly BrowserContext[];
  readonly witness: Witness;
}

async function inWorld(
  store: StoreName,
  options: Parameters<typeof startService>[1],
  run: (world: World) => Promise<void>,
): Promise<void> {
  const service = await startService(store, options);
  const contexts: BrowserContext[] = [];
  const witness: Witness = { places: [], errors: [] };
  try {
    for (let count = 0; count < 2; count += 1)
      contexts.push(await browser.newContext({ ignoreHTTPSErrors: true }));
    await run({ service, contexts, witness });
    expect(witness.errors, "no page threw anything").toEqual([]);
    expect(service.crashes).toEqual([]);
  } finally {
    for (const context of contexts) await context.close();
    await service.close();
  }
}

function declare(store: StoreName): void {
  test("H6: whoever ends a session, all tabs of its browser are signed out at once, and each browser listens once", async () =>
    inWorld(store, { lifetimeSeconds: 300, graceSeconds: 0 }, async ({ service, contexts, witness }) => {
      const from = Date.now();
      const [first, second] = await openDevices(service, contexts, witness, () => "ann");
      for (const revocation of revocations) {
        const { ms, tabs } = await revokeOnce(service, [first!, second!], revocation, 0);
        expect(tabs).toBe(revocation.endsBoth ? 10 : 5);
        expect(ms, revocation.title).toBeLessThan(atOnceMs);
      }
      // All of them are seen, since this browser hides no tab: it is the lock that leaves one.
      for (const { name } of [first!, second!])
        expect(service.streams.figures(name, from, Date.now()).mostAtOnce).toBe(1);
    }));

  test("D9: a process killed and a database restarted sign nobody out, and no revoked session lives on", async () =>
    inWorld(store, { lifetimeSeconds: 4, graceSeconds: 0 }, async ({ service, contexts, witness }) => {
      const devices = await openDevices(service, contexts, witness, (index) => `user-${index}`);
      const figures = await makeTrouble(service, devices, {
        durationMs: 14_000,
        kills: { firstMs: 1_000, everyMs: 60_000 },
        restarts: { firstMs: 6_000, everyMs: 60_000 },
        revocations: { firstMs: 6_000, everyMs: 60_000 },
      });
      expect(figures).toMatchObject({ kills: 1, restarts: 1 });
      expect(figures.revoked).toHaveLength(1);
      expectUnharmed(figures);
    }));
}

for (const store of ["postgres", "redis"] as const) {
  const { program } = stores[store];
  const isMissing = program.find() === null;
  if (isMissing && (process.env["CI"] ?? "") !== "")
    throw new Error(`No ${program.name}: ${program.remedy}.`);
  test.describe(suiteOf(program), () => {
    test.skip(isMissing, `No ${program.name}: ${program.remedy}.`);
    declare(store);
  });
}
