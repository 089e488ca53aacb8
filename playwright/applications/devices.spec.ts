/** "My devices": the user's sessions on all devices, and a password whose change ends them. */
import type { Locator } from "@playwright/test";
import type { Application } from "./support/application.js";
import { expect, test } from "./support/fixtures.js";

const example = "react";

async function openDevices(tab: Application): Promise<Locator> {
  await tab.press("My devices");
  return tab.page.getByRole("list", { name: "Devices" }).getByRole("listitem");
}

async function expectRevoked(tab: Application): Promise<void> {
  await tab.expectSignedOut();
  await expect(tab.page.getByText("You were signed out from another device.")).toBeVisible();
}

test("the list shows both browsers of a user, this one first, and none of anybody else", async ({
  world,
}) => {
  const { openTab, openElsewhere } = await world(example);
  const other = await openElsewhere();
  await other.signIn("Ada");
  await other.expectSignedInAs("Ada");
  const stranger = await openElsewhere();
  await stranger.signIn("Grace");
  await stranger.expectSignedInAs("Grace");
  const tab = await openTab();
  await tab.signIn("Ada");
  const devices = await openDevices(tab);
  await expect(devices).toHaveText([
    /^Chrome \d+ on .*This device.*Last used just now.*signed in just now.*127\.0\.0\.1$/,
    /^Firefox 140 on Windows(?!.*This device).*Sign out$/,
  ]);
  await expect(devices.getByRole("button")).toHaveCount(1);
});

test("a device that is revoked leaves the list, and is signed out and told why", async ({ world }) => {
  const { server, openTab, openElsewhere } = await world(example);
  const other = await openElsewhere();
  await other.signIn("Ada");
  const tab = await openTab();
  await tab.signIn("Ada");
  const devices = await openDevices(tab);
  await tab.press("Sign out Firefox 140 on Windows");
  await expect(devices).toHaveText([/This device/]);
  await expectRevoked(other);
  expect(server.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["revoked"]);
  await tab.press("Notes");
  await tab.expectSignedInAs("Ada");
});

test("who signs out everywhere else stays; who signs out everywhere leaves, too", async ({ world }) => {
  const { openTab, openElsewhere } = await world(example);
  const other = await openElsewhere();
  await other.signIn("Ada");
  await other.expectSignedInAs("Ada");
  const tab = await openTab();
  await tab.signIn("Ada");
  const devices = await openDevices(tab);
  await expect(devices).toHaveCount(2);
  await tab.press("Sign out everywhere else");
  await expect(devices).toHaveText([/This device/]);
  await other.expectSignedOut();

  await other.signIn("Ada");
  await other.expectSignedInAs("Ada");
  await tab.press("Sign out everywhere");
  await tab.expectSignedOut();
  await other.expectSignedOut();
});

test("L9: a new password signs the other device out, renews this session in all of its tabs, and is the one that signs in", async ({
  world,
}) => {
  const { server, complaints, openTab, openElsewhere } = await world(example);
  complaints.provoke(/^error: Failed to load resource: .* 403 .*\/(account\/password|sign-in)\)$/);
  const other = await openElsewhere();
  await other.signIn("Ada");
  await other.expectSignedInAs("Ada");
  const tab = await openTab();
  await tab.signIn("Ada");
  const sibling = await openTab();
  await sibling.expectSignedInAs("Ada");
  const devices = await openDevices(tab);

  await tab.page.getByLabel("Current password").fill("guess");
  await tab.page.getByLabel("New password").fill("lovelace1815");
  await tab.press("Change password");
  await expect(tab.page.getByRole("alert")).toHaveText("That is not your current password.");
  expect(server.eventsOf("session-ended")).toEqual([]);

  await tab.page.getByLabel("Current password").fill("demo");
  await tab.page.getByLabel("New password").fill("lovelace1815");
  await tab.press("Change password");
  await expect(tab.page.getByRole("status")).toHaveText(
    "Your password is changed. All other devices are signed out.",
  );
  await expect(devices).toHaveText([/This device/]);
  await expectRevoked(other);
  expect(server.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["revoked", "replaced"]);
  await sibling.add("Written with the renewed session");
  expect(server.eventsOf("reuse-detected")).toEqual([]);

  await other.signIn("Ada");
  await expect(other.page.getByRole("alert")).toHaveText("Wrong name or password.");
  await other.signIn("Ada", "lovelace1815");
  await other.expectSignedInAs("Ada");
});
