/** The demo's page: the user's devices, a new password, and the dialog before what is sensitive. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey } from "@lockstep/server";
import type { Locator, Page } from "@playwright/test";
import { startDemoServer } from "../../examples/demo/backend/demo-server.js";
import { buildPage } from "../../examples/demo/backend/page-files.js";
import type { DemoSession } from "../../examples/demo/page/session.js";
import { createComplaints, type Complaints } from "./support/complaints.js";
import { expect, firefoxOnWindows, test as base } from "./support/fixtures.js";

interface Demo {
  readonly complaints: Complaints;
  /** Signs Ada in, in a browser of its own. */
  signIn(userAgent?: string): Promise<Page>;
}

/** Longer than any of these tests takes: a device learns that it was signed out without a refresh. */
const lifetimeSeconds = 300;

const test = base.extend<{ demo: Demo }>({
  demo: async ({ browser }, use) => {
    const data = await mkdtemp(join(tmpdir(), "lockstep-demo-"));
    const server = await startDemoServer({
      port: 0,
      lifetimeSeconds,
      database: join(data, "sessions.db"),
      signingKey: await generateSigningKey(),
      page: await buildPage(),
    });
    const complaints = createComplaints();
    const pages: Page[] = [];
    await use({
      complaints,
      async signIn(userAgent) {
        const page = await browser.newPage(userAgent === undefined ? {} : { userAgent });
        pages.push(page);
        complaints.watch(page);
        await page.goto(server.url);
        await page.getByRole("button", { name: "Sign in" }).click();
        await expect(devicesIn(page).filter({ hasText: "this one" })).toBeVisible();
        return page;
      },
    });
    for (const page of pages) await page.close();
    await server.close();
    await rm(data, { recursive: true });
    complaints.check();
  },
});

const devicesIn = (page: Page): Locator =>
  page.getByRole("list", { name: "My devices" }).getByRole("listitem");

const expectSignedOut = (page: Page): Promise<void> =>
  expect(page.getByRole("group", { name: "Sign in as" })).toBeVisible();

test("a device is signed out from another, and all others by a new password, in the demo", async ({
  demo: { signIn },
}) => {
  const other = await signIn();
  const firefox = await signIn(firefoxOnWindows);
  const page = await signIn();
  await expect(devicesIn(page)).toHaveCount(3);
  await page.getByRole("button", { name: "Sign out Firefox 140 on Windows" }).click();
  await expect(page.getByText("Firefox 140 on Windows is signed out.")).toBeVisible();
  await expect(devicesIn(page)).toHaveCount(2);
  await expectSignedOut(firefox);

  await page.getByText("Change the password").click();
  await page.getByLabel("Current password").fill("demo");
  await page.getByLabel("New password").fill("lovelace1815");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await expect(
    page.getByText("The password is changed, and every other device is signed out."),
  ).toBeVisible();
  await expect(devicesIn(page)).toHaveCount(1);
  await expectSignedOut(other);
});

test("L12: the dialog asks again after a wrong password, and can be cancelled, in the demo", async ({
  demo: { complaints, signIn },
}) => {
  complaints.provoke(/^error: Failed to load resource: .* 403 .*\/session\/step-up\)$/);
  const page = await signIn();
  const dialog = page.getByRole("dialog", { name: "Is it you?" });
  const password = dialog.getByLabel("Your password");
  /** Asks ahead: for what an API would ask of somebody who signed in longer ago. */
  const stepUp = (): Promise<string> =>
    page.evaluate(() => {
      const session: DemoSession = window.lockstepDemo.session;
      return session.stepUp().then(
        () => "stepped up",
        (error: unknown) => (error as { code: string }).code,
      );
    });

  const cancelled = stepUp();
  await expect(password).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  expect(await cancelled).toBe("step-up-cancelled");

  const done = stepUp();
  await password.fill("guess");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toHaveText("That was not right. Please try again.");
  await expect(password).toBeFocused();
  await password.fill("demo");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  expect(await done).toBe("stepped up");
});

test("the notes are deleted by whoever signed in a moment ago, in the demo", async ({ demo: { signIn } }) => {
  const page = await signIn();
  await page.getByRole("button", { name: "Read the notes" }).click();
  const notes = page.getByRole("list", { name: "Notes" }).getByRole("listitem");
  await expect(notes).toHaveCount(1);
  await page.getByRole("button", { name: "Delete all" }).click();
  await expect(notes).toHaveCount(0);
});
