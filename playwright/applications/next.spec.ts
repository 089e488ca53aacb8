/** Server rendering: the first paint is right, and costs nothing. A production build of the Next.js example. */
import { once } from "node:events";
import { connect } from "node:net";
import { applicationIn, firstNote } from "./support/application.js";
import { createComplaints } from "./support/complaints.js";
import { linkPath, startNext } from "./next-example.js";
import { expect, holdScripts, shownIn, test, type Visit } from "./next-fixtures.js";

const wordsOf = (html: string): string => html.replaceAll(/<script\b[^]*?<\/script>|<[^>]*>/g, "");

test("the example builds and starts without a warning", async ({ site }) => {
  expect(site.output()).toContain("Compiled successfully");
  // A fresh clone in CI is told to keep a cache of its builds: an advice to CI, not about the example.
  const said = site.output().replace(/^⚠ No build cache found\..*$/m, "");
  expect(said).not.toMatch(/⚠|⨯|warn|error/i);
});

test("the HTML shows the sign-in form to visitors, and users their name", async ({ visit }) => {
  expect(wordsOf(await visit.readHtml())).toMatch(/^NotesSign in/);
  const tab = await visit.openTab();
  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  expect(wordsOf(await visit.readHtml())).toMatch(/^NotesSigned in as Ada/);
});

test("L5: the HTML holds no token", async ({ visit }) => {
  const tab = await visit.openTab();
  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  const html = await visit.readHtml();
  const cookies = await visit.context.cookies();
  const token = cookies.find(({ name }) => name === "__Host-lockstep")?.value;
  expect(token).toMatch(/^[\w-]{22}\.\d+\.[\w-]{43}\./);
  expect(html).not.toContain(token?.split(".")[2]);
  expect(html).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
});

test("the first paint is the last: nothing flashes, and nothing complains of hydration", async ({
  visit,
}) => {
  const tab = await visit.openTab();
  await tab.expectSignedOut();
  await tab.page.waitForLoadState();
  expect(await shownIn(tab.page)).toEqual(["signed out"]);

  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  expect(await shownIn(tab.page)).toEqual(["signed out", "signed in"]);

  await tab.page.reload();
  await tab.expectSignedInAs("Ada");
  expect(await shownIn(tab.page)).toEqual(["signed in"]);

  await tab.press("Sign out");
  await tab.expectSignedOut();
  await tab.page.reload();
  await tab.expectSignedOut();
  expect(await shownIn(tab.page)).toEqual(["signed out"]);
});

test("L4: a link from another site, which keeps Strict cookies back, signs nobody out for a moment", async ({
  visit,
  site: { proxy },
}) => {
  const tab = await visit.openTab();
  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  await tab.page.goto(`https://127.0.0.1:${proxy.port}${linkPath}`);
  await tab.page.getByRole("link").click();
  await tab.expectSignedInAs("Ada");
  expect(await shownIn(tab.page)).toEqual(["loading", "signed in"]);
});

test("L1, L2: a page that is rendered replaces no token: only the client's own refresh does", async ({
  visit,
}) => {
  const tab = await visit.openTab();
  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  const before = await visit.context.cookies();
  for (let visits = 0; visits < 3; visits += 1) await visit.readHtml();
  expect(await visit.context.cookies()).toEqual(before);
  expect(await visit.generation()).toBe(1);
  expect(visit.refreshes()).toHaveLength(0);

  await tab.page.reload();
  await tab.expectSignedInAs("Ada");
  expect(visit.refreshes()).toHaveLength(1);
  expect(await visit.generation()).toBe(2);
});

async function openThreeTabs({ openTab }: Visit) {
  const tabs = [await openTab(), await openTab(), await openTab()] as const;
  for (const tab of tabs) await tab.expectSignedOut();
  await tabs[0].signIn("Ada");
  for (const tab of tabs) await tab.expectSignedInAs("Ada");
  return tabs;
}

test("L9: three tabs sign in together, and notes that one adds or edits are there for the others", async ({
  visit,
}) => {
  const [, second, third] = await openThreeTabs(visit);
  await second.add("Weave flowers and leaves");
  await second.notes.filter({ hasText: "flowers" }).getByRole("button", { name: "Edit" }).click();
  await second.page.getByLabel("Note", { exact: true }).fill("Weave algebra");
  await second.press("Save");
  await expect(second.notes.filter({ hasText: "Weave algebra" })).toBeVisible();
  await third.page.reload();
  await expect(third.notes.filter({ hasText: "Weave algebra" })).toBeVisible();
});

test("L3, L9: three tabs switch accounts and sign out together", async ({ visit }) => {
  const [first, second, third] = await openThreeTabs(visit);
  await first.press("Switch account");
  await first.signIn("Grace");
  for (const tab of [first, second, third]) await expect(tab.notes).toHaveText([/^A ship in port/]);

  await third.press("Sign out");
  for (const tab of [first, second, third]) await tab.expectSignedOut();
  for (const tab of [first, second])
    await expect(
      tab.page.getByText("You were signed out in another tab or on another device."),
    ).toBeVisible();
});

test("R-141, L13: three tabs listen with one stream, and are signed out at once when another browser signs out everywhere else", async ({
  visit,
}) => {
  const tabs = await openThreeTabs(visit);
  await expect.poll(visit.openStreams).toBe(1);
  const elsewhere = await visit.openElsewhere();
  await elsewhere.signIn("Ada");
  await elsewhere.expectSignedInAs("Ada");
  await expect.poll(visit.openStreams, "one for each browser").toBe(2);
  const { length: refreshes } = visit.refreshes();
  const status = await elsewhere.page.evaluate(async () => {
    const headers = { "content-type": "application/json", "lockstep-protocol": "1" };
    const init = { method: "POST", headers, body: JSON.stringify({ scope: "others" }) };
    return (await fetch("/session/sign-out", init)).status;
  });
  expect(status).toBe(204);
  for (const tab of tabs) {
    await tab.expectSignedOut();
    await expect(
      tab.page.getByText("You were signed out in another tab or on another device."),
    ).toBeVisible();
  }
  expect(visit.refreshes(), "nobody had to ask").toHaveLength(refreshes);
  await elsewhere.expectSignedInAs("Ada");
  await expect.poll(visit.openStreams, "that of the other browser").toBe(1);
});

test("L3: a page that was rendered as signed in shows nobody after a sign-out elsewhere", async ({
  visit,
}) => {
  const first = await visit.openTab();
  await first.signIn("Ada");
  await first.expectSignedInAs("Ada");
  let release = (): void => undefined;
  const second = await visit.openTab(async (page) => (release = await holdScripts(page)));
  await expect(second.page.getByText("Signed in as Ada")).toBeVisible();
  await first.press("Sign out");
  await first.expectSignedOut();
  release();
  await second.expectSignedOut();
  expect(await shownIn(second.page)).toEqual(["signed in", "signed out"]);
});

test("L3: after a sign-out that the server has not heard of, no page greets", async ({ visit }) => {
  visit.complaints.provoke(/^error: Failed to load resource: net::ERR_FAILED .*\/session\/sign-out\)$/);
  await visit.context.route("**/session/sign-out", (route) => route.abort());
  const tab = await visit.openTab();
  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  await tab.press("Sign out");
  await tab.expectSignedOut();
  await tab.page.reload();
  await tab.expectSignedOut();
  expect(await shownIn(tab.page)).toEqual(["signed out"]);
});

test("a form that is sent before the page's scripts are there signs in all the same, and shows no password", async ({
  visit,
  site: { proxy },
}) => {
  let release = (): void => undefined;
  const tab = await visit.openTab(async (page) => (release = await holdScripts(page)));
  await tab.signIn("Ada");
  expect(tab.page.url()).toBe(`${proxy.origin}/`);
  release();
  await tab.expectSignedInAs("Ada");
  expect(proxy.requests.filter((each) => each.includes("demo"))).toEqual([]);
});

test("R-106: it runs on http://localhost too, outside of production", async ({ browser, build }) => {
  expect(build).toContain("/session/[...path]");
  const next = await startNext({ NODE_ENV: "test", PUBLIC_ORIGIN: undefined });
  const context = await browser.newContext();
  const complaints = createComplaints();
  const page = await context.newPage();
  complaints.watch(page);
  await page.goto(next.url);
  const tab = applicationIn(page);
  await tab.signIn("Grace");
  await expect(tab.notes.filter({ hasText: firstNote.Grace })).toBeVisible();
  const response = await page.reload();
  expect(wordsOf((await response?.text()) ?? "")).toMatch(/^NotesSigned in as Grace/);
  await tab.expectSignedInAs("Grace");
  await context.close();
  await next.stop();
  complaints.check();
});

test("R-143: a server that is told to stop ends, though a browser has an event stream open, and signs nobody out", async ({
  browser,
  build,
}) => {
  expect(build).toContain("/session/[...path]");
  const next = await startNext({ NODE_ENV: "test", PUBLIC_ORIGIN: undefined });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const listening = page.waitForResponse((response) => response.url().endsWith("/session/events"));
    await page.goto(next.url);
    const tab = applicationIn(page);
    await tab.signIn("Ada");
    expect((await listening).status()).toBe(200);
    await tab.expectSignedInAs("Ada");
    let hasEnded = false;
    void next.stop().then(() => (hasEnded = true));
    await expect.poll(() => hasEnded, "it ends").toBe(true);
    expect(next.output(), "the stream was ended, not cut").not.toContain("connections open");
    await tab.expectSignedInAs("Ada");
  } finally {
    await context.close();
    await next.kill();
  }
});

test("a server that is told to stop ends, though a browser holds a connection on which it has asked nothing", async ({
  build,
}) => {
  expect(build).toContain("/session/[...path]");
  const next = await startNext({ NODE_ENV: "test", PUBLIC_ORIGIN: undefined });
  const { hostname, port } = new URL(next.url);
  const ahead = connect(Number(port), hostname);
  try {
    await once(ahead, "connect");
    // It was accepted before this one, which is answered.
    expect((await fetch(`${next.url}/session/refresh`, { method: "POST" })).ok).toBe(false);
    expect(await next.stop()).toBe(143);
    expect(next.output()).toContain("Ended with connections open.");
  } finally {
    ahead.destroy();
    await next.kill();
  }
});
