/** Without a network. */
import { examples } from "./support/examples.js";
import { expect, test } from "./support/fixtures.js";

const words = "The server cannot be reached. You stay signed in.";

for (const example of examples) {
  test(`L4: five tabs stay signed in offline, say that the server cannot be reached, and recover, in ${example}`, async ({
    world,
  }) => {
    const { server, context, complaints, openFiveTabs } = await world(example, { lifetimeSeconds: 4 });
    complaints.provoke(
      /^error: Failed to load resource: net::ERR_INTERNET_DISCONNECTED \(.*\/(session\/refresh|api\/notes)\)$/,
    );
    const tabs = await openFiveTabs("Ada");
    const [writer] = tabs;
    for (const { page } of tabs) await expect(page.getByRole("status")).toBeHidden();

    await context.setOffline(true);
    for (const tab of tabs) {
      await expect(tab.page.getByRole("status")).toHaveText(words);
      await tab.expectSignedInAs("Ada");
    }
    await writer.newNote.fill("Written offline");
    await writer.press("Add");
    await expect(writer.page.getByRole("alert")).toHaveText("That did not work. Please try again.");
    await expect(writer.newNote).toHaveValue("Written offline");

    await context.setOffline(false);
    for (const tab of tabs) {
      await expect(tab.page.getByRole("status")).toBeHidden({ timeout: 20_000 });
      await tab.expectSignedInAs("Ada");
    }
    await writer.press("Add");
    await expect(writer.notes.filter({ hasText: "Written offline" })).toBeVisible();
    await expect(writer.page.getByRole("alert")).toBeHidden();
    expect(server.eventsOf("reuse-detected")).toEqual([]);
    expect(server.eventsOf("session-ended")).toEqual([]);
  });
}
