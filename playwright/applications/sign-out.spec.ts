/** Who is signed in changes in one tab, and in all others with it. */
import { examples } from "./support/examples.js";
import { expect, test } from "./support/fixtures.js";
import { firstNote } from "./support/application.js";

for (const example of examples) {
  test(`L9: an account switch in one tab shows the other user, and no note of the first, in all five, in ${example}`, async ({
    world,
  }) => {
    const { server, openFiveTabs } = await world(example);
    const tabs = await openFiveTabs("Ada");
    await tabs[0].add("Of Ada alone");
    await tabs[0].press("Switch account");
    await expect(tabs[0].page.getByText("Signed in as Ada")).toBeVisible();
    await tabs[0].signIn("Grace");
    for (const tab of tabs) {
      await tab.expectSignedInAs("Grace");
      await expect(tab.page.locator("body")).not.toContainText("Ada alone");
      await expect(tab.page.locator("body")).not.toContainText(firstNote.Ada);
    }
    expect(server.eventsOf("session-started").map(({ userId }) => userId)).toEqual(["ada", "grace"]);
    expect(server.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["replaced"]);
  });

  test(`L3, L9: a sign-out in one tab shows the form in all five, and the others say why, in ${example}`, async ({
    world,
  }) => {
    const { server, openFiveTabs } = await world(example);
    const [first, ...others] = await openFiveTabs("Ada");
    await first.press("Sign out");
    const why = "You were signed out in another tab or on another device.";
    await first.expectSignedOut();
    await expect(first.page.getByText(why)).toBeHidden();
    for (const tab of others) {
      await tab.expectSignedOut();
      await expect(tab.page.getByText(why)).toBeVisible();
      await expect(tab.page.locator("body")).not.toContainText(firstNote.Ada);
    }
    await expect
      .poll(() => server.eventsOf("session-ended").map(({ reason }) => reason))
      .toEqual(["signed-out"]);

    await first.page.reload();
    await first.expectSignedOut();

    await others[0]?.signIn("Grace");
    for (const tab of [first, ...others]) await tab.expectSignedInAs("Grace");
  });
}
