/** Work that is done with `session.fetch`, and a page that is loaded anew. */
import { examples } from "./support/examples.js";
import { expect, test } from "./support/fixtures.js";

for (const example of examples) {
  test(`notes are added, edited, and still there after a reload, in ${example}`, async ({ world }) => {
    const { server, openTab } = await world(example);
    const tab = await openTab();
    await tab.signIn("Ada");
    await tab.expectSignedInAs("Ada");

    await tab.add("Buy tea");
    await expect(tab.newNote).toHaveValue("");
    const item = tab.notes.filter({ hasText: "Buy tea" });
    await item.getByRole("button", { name: "Edit" }).click();
    const field = tab.page.getByLabel("Note", { exact: true });
    await expect(field).toHaveValue("Buy tea");
    await field.fill("Buy green tea");
    await tab.press("Save");
    await expect(field).toBeHidden();
    await expect(tab.notes).toHaveText([/Buy green tea/, /The engine weaves/]);

    await tab.page.reload();
    await tab.expectSignedInAs("Ada");
    await expect(tab.notes).toHaveText([/Buy green tea/, /The engine weaves/]);
    expect(server.eventsOf("session-started")).toHaveLength(1);
  });

  test(`L2, L9: five tabs that are reloaded together stay signed in, in ${example}`, async ({ world }) => {
    const { server, openFiveTabs } = await world(example);
    const tabs = await openFiveTabs("Ada");
    await Promise.all(tabs.map(({ page }) => page.reload()));
    for (const tab of tabs) await tab.expectSignedInAs("Ada");
    expect(server.eventsOf("reuse-detected")).toEqual([]);
    expect(server.eventsOf("session-ended")).toEqual([]);
    expect(server.eventsOf("session-refreshed").length).toBeLessThanOrEqual(1);
  });
}
