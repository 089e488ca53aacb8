/** L12: a sensitive action, the dialog that asks who it is, and what comes of the answer. */
import type { Locator } from "@playwright/test";
import { firstNote, type Application } from "./support/application.js";
import { expect, test as base, type World } from "./support/fixtures.js";

interface Visit extends World {
  /** Signed in, longer ago than a sensitive action allows. */
  readonly tab: Application;
}

/** A minute, and a second. */
const tooLongMs = 61_000;

const challenged =
  /^error: Failed to load resource: .* 401 .*\/(api\/notes|account\/passkeys\/options|session\/sessions\/[\w-]+)\)$/;

const test = base.extend<{ visit: Visit }>({
  visit: async ({ world }, use) => {
    const made = await world("react", { lifetimeSeconds: 300 });
    made.complaints.provoke(challenged);
    const tab = await made.openTab();
    await tab.signIn("Ada");
    await tab.expectSignedInAs("Ada");
    made.server.stepClock(tooLongMs);
    await use({ ...made, tab });
  },
});

const denied = /^error: Failed to load resource: .* 403 .*\/session\/step-up\)$/;

const dialogIn = ({ page }: Application): Locator => page.getByRole("dialog", { name: "Is it you?" });
const passwordIn = (tab: Application): Locator => dialogIn(tab).getByLabel("Your password");
const deletions = ({ requests }: World["server"]): readonly string[] =>
  requests.filter((request) => request === "DELETE /api/notes");

async function confirm(tab: Application, password: string): Promise<void> {
  await passwordIn(tab).fill(password);
  await tab.press("Confirm");
}

test("who signed in a moment ago is not asked", async ({ world }) => {
  const { server, openTab } = await world("react");
  const tab = await openTab();
  await tab.signIn("Ada");
  await tab.expectSignedInAs("Ada");
  await tab.press("Delete all notes");
  await expect(tab.notes).toHaveCount(0);
  expect(deletions(server)).toHaveLength(1);
});

test("L12: two tabs that want it at once are one dialog; one password serves both, and nobody is asked again", async ({
  visit: { tab, server, openTab },
}) => {
  const sibling = await openTab();
  await sibling.expectSignedInAs("Ada");
  const tabs = [tab, sibling];
  for (const each of tabs) await each.press("Delete all notes");
  const asked = async (): Promise<Application[]> => {
    const seen = await Promise.all(tabs.map((each) => dialogIn(each).isVisible()));
    return tabs.filter((_, index) => seen[index]);
  };
  await expect.poll(() => deletions(server).length).toBe(2);
  await expect.poll(async () => (await asked()).length).toBe(1);
  const [asking = tab] = await asked();
  await confirm(asking, "demo");
  for (const each of tabs) {
    await expect(dialogIn(each)).toBeHidden();
    await expect(each.notes).toHaveCount(0);
  }
  expect(deletions(server)).toHaveLength(4);
  expect(server.requests.filter((request) => request === "POST /session/step-up")).toHaveLength(1);

  await tab.add("Written after it");
  await tab.press("Delete all notes");
  await expect(tab.notes).toHaveCount(0);
  await expect(dialogIn(tab)).toBeHidden();
});

test("L12: a wrong password is asked for again, in the same dialog", async ({
  visit: { tab, complaints, server },
}) => {
  complaints.provoke(denied);
  await tab.press("Delete all notes");
  await confirm(tab, "guess");
  await expect(dialogIn(tab).getByRole("alert")).toHaveText("That was not right. Please try again.");
  await expect(passwordIn(tab)).toBeFocused();
  await expect(passwordIn(tab)).toHaveValue("");
  expect(deletions(server)).toHaveLength(1);
  await confirm(tab, "demo");
  await expect(dialogIn(tab)).toBeHidden();
  await expect(tab.notes).toHaveCount(0);
  expect(server.eventsOf("step-up-denied")).toHaveLength(1);
});

test("L12: who cancels has lost nothing, reads no complaint, and may try again", async ({
  visit: { tab, server },
}) => {
  await tab.press("Delete all notes");
  await dialogIn(tab).getByRole("button", { name: "Cancel" }).click();
  await expect(dialogIn(tab)).toBeHidden();
  await expect(tab.notes).toHaveText([new RegExp(firstNote.Ada)]);
  await expect(tab.page.getByRole("alert")).toBeHidden();
  expect(deletions(server)).toHaveLength(1);
  await tab.press("Delete all notes");
  await confirm(tab, "demo");
  await expect(tab.notes).toHaveCount(0);
});

test("the dialog needs no mouse: it has the focus, keeps it, and gives it back", async ({
  visit: { tab, complaints },
}) => {
  complaints.provoke(denied);
  const { page } = tab;
  const button = page.getByRole("button", { name: "Delete all notes" });
  const focusIn = (): Promise<string | undefined> =>
    page.evaluate(() => document.activeElement?.closest("dialog, body")?.tagName);
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(passwordIn(tab)).toBeFocused();

  // Out of the page and into the browser it may go, but not to what lies beneath.
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press("Tab");
    const isBeneath = await page.evaluate(
      () => document.activeElement !== document.body && document.activeElement?.closest("dialog") === null,
    );
    expect(isBeneath).toBe(false);
  }
  await page.keyboard.press("Escape");
  await expect(dialogIn(tab)).toBeHidden();
  await expect(button).toBeFocused();

  await page.keyboard.press("Enter");
  await expect(passwordIn(tab)).toBeFocused();
  await page.keyboard.type("guess");
  await page.keyboard.press("Enter");
  await expect(dialogIn(tab).getByRole("alert")).toBeVisible();
  expect(await focusIn()).toBe("DIALOG");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowRight");
  await expect(dialogIn(tab).getByRole("radio", { name: "Code" })).toBeChecked();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Tab");
  await expect(passwordIn(tab)).toBeFocused();
  await page.keyboard.type("demo");
  await page.keyboard.press("Enter");
  await expect(tab.notes).toHaveCount(0);
  await expect(tab.newNote).toBeFocused();
});

test("a code of the user's phone will do: the last one sent, and once", async ({
  visit: { tab, complaints },
}) => {
  complaints.provoke(denied);
  const { page } = tab;
  const choose = (method: string): Promise<void> =>
    dialogIn(tab).getByRole("radio", { name: method }).check();
  const receive = async (): Promise<string> => {
    await choose("Code");
    const shown = dialogIn(tab).getByText(/^Your phone shows \d{3} \d{3}$/);
    return shown.locator("strong").innerText();
  };
  const enter = async (code: string): Promise<void> => {
    await page.getByLabel("The code").fill(code);
    await tab.press("Confirm");
  };

  await tab.press("Delete all notes");
  const former = await receive();
  await choose("Password");
  const code = await receive();
  await enter(former);
  await expect(dialogIn(tab).getByRole("alert")).toHaveText("That was not right. Please try again.");
  await enter(code);
  await expect(tab.notes).toHaveCount(0);

  const again = await page.evaluate(
    async (used) => {
      const headers = { "content-type": "application/json", "lockstep-protocol": "1" };
      const body = JSON.stringify({ code: used });
      return (await fetch("/session/step-up", { method: "POST", headers, body })).status;
    },
    code.replace(" ", ""),
  );
  expect(again).toBe(403);
});

test("a passkey will do, which takes a step-up to be added", async ({ visit: { tab, context, server } }) => {
  const authenticator = await context.newCDPSession(tab.page);
  await authenticator.send("WebAuthn.enable");
  await authenticator.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  await tab.press("My devices");
  await tab.press("Add a passkey");
  await confirm(tab, "demo");
  await expect(tab.page.getByRole("status")).toHaveText("You can confirm with this passkey from now on.");

  server.stepClock(tooLongMs);
  await tab.press("Notes");
  await tab.press("Delete all notes");
  await dialogIn(tab).getByRole("radio", { name: "Passkey" }).check();
  await tab.press("Confirm");
  await expect(dialogIn(tab)).toBeHidden();
  await expect(tab.notes).toHaveCount(0);
  expect(server.eventsOf("session-renewed")).toHaveLength(2);
});

test("L12: without a passkey the dialog says so, and another way is open", async ({ visit: { tab } }) => {
  await tab.press("Delete all notes");
  await dialogIn(tab).getByRole("radio", { name: "Passkey" }).check();
  await tab.press("Confirm");
  await expect(dialogIn(tab).getByRole("alert")).toHaveText(
    "That did not work. Please try again, or another way.",
  );
  await dialogIn(tab).getByRole("radio", { name: "Password" }).check();
  await confirm(tab, "demo");
  await expect(tab.notes).toHaveCount(0);
});

test("L3, L12: a sign-out in another tab closes the dialog", async ({ visit: { tab, server, openTab } }) => {
  const sibling = await openTab();
  await sibling.expectSignedInAs("Ada");
  await tab.page.bringToFront();
  await tab.press("Delete all notes");
  await expect(dialogIn(tab)).toBeVisible();
  await sibling.press("Sign out");
  await expect(dialogIn(tab)).toBeHidden();
  await tab.expectSignedOut();
  expect(deletions(server)).toHaveLength(1);
});

test("a device that is to be signed out is a sensitive matter, too", async ({
  visit: { tab, openElsewhere },
}) => {
  const other = await openElsewhere();
  await other.signIn("Ada");
  await other.expectSignedInAs("Ada");
  await tab.press("My devices");
  await tab.press("Sign out Firefox 140 on Windows");
  const devices = tab.page.getByRole("list", { name: "Devices" }).getByRole("listitem");
  await confirm(tab, "demo");
  await expect(devices).toHaveText([/This device/]);
  await expect(tab.page.getByRole("list", { name: "Devices" })).toBeFocused();
});
