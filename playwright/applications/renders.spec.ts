/**
 * How often a session renders what nobody needs to see again: 200 subscribed components in each of five tabs, with
 * Lockstep and with two other libraries in the same run. Only Lockstep's promises are judged; the figures of all go to a
 * file, and `scripts/renders.mjs` puts them into docs/renders.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { measure, type Figures } from "../renders/events.js";
import { openFiveTabs, type FiveTabs } from "../renders/five-tabs.js";
import { libraries, type Library } from "../renders/libraries.js";
import { startServer, type Server } from "../renders/server.js";
import { startRealBrowser, type RealBrowser } from "../support/real-tabs.js";

interface Measured extends Library {
  readonly figures: Figures;
}

const file = new URL("../../.tmp/renders.json", import.meta.url);
const measured: Measured[] = [];
const errors: string[] = [];
let browser: RealBrowser;
let server: Server;
let tabs: FiveTabs;

function versionOf(name: string): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** For what hangs: a library takes some seconds, on a busy machine half a minute. */
test.setTimeout(180_000);

test.beforeAll(async () => {
  server = await startServer();
  browser = await startRealBrowser();
  browser.context.on("weberror", (error) => errors.push(String(error.error())));
  tabs = await openFiveTabs(browser.context, server.backend, server.service);
});

test.afterAll(async () => {
  await browser.close();
  await server.backend.close();
  const versions = Object.fromEntries(
    ["react", "vue", "next-auth", "better-auth"].map((name) => [name, versionOf(name)]),
  );
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, JSON.stringify({ versions, measured }, null, 1));
});

async function measureAndNote(library: Library): Promise<Figures> {
  errors.length = 0;
  const figures = await measure(tabs, server.service, library);
  measured.push({ ...library, figures });
  expect(errors, "no page threw anything").toEqual([]);
  expect(figures.texts.before.join(), "every component shows the user").toMatch(
    /^Signed in as (?:The a|A)nn$/,
  );
  expect(figures.texts.signedOut, "every component shows the sign-out").toEqual(["Signed out"]);
  return figures;
}

for (const library of libraries) {
  const { framework, package: name, title, asks } = library;
  const subject = `${framework}, ${name}, ${title}`;
  if (asks === "in one tab") {
    test(`L1, L10: a silent refresh renders none of 200 components, a sign-out each of them once (${subject})`, async () => {
      const { refresh, period, focus, signOut, outage } = await measureAndNote(library);
      const [none, once] = [0, 1].map((times) => {
        const each = { renders: [times], commits: [times] };
        return { here: each, elsewhere: each };
      });
      expect(refresh).toMatchObject({ ...none, requests: ["POST /session/refresh 200"] });
      expect(period, "one token's life costs one refresh in five tabs").toMatchObject({
        ...none,
        requests: ["POST /session/refresh 200"],
      });
      expect(focus).toMatchObject({ ...none, requests: [] });
      expect(signOut).toMatchObject({
        ...once,
        requests: ["POST /session/sign-out 204"],
      });
      expect(outage.during, "L4: nobody is signed out by an outage").toEqual(["Signed in as The ann"]);
      expect(outage.after).toEqual(["Signed in as The ann"]);
    });
  } else {
    test(`the page of another library works: ${subject}`, async () => {
      const { period } = await measureAndNote(library);
      expect(period.requests.length > 0, "it polls if it was told to").toBe(asks === "in every tab");
    });
  }
}
