/** Signing in, in one tab for all of them. */
import { examples } from "./support/examples.js";
import { expect, test } from "./support/fixtures.js";

for (const example of examples) {
  test(`L1, L9: a sign-in shows in all five tabs, and costs the others nothing, in ${example}`, async ({
    world,
  }) => {
    const { server, openFiveTabs } = await world(example);
    const tabs = await openFiveTabs(null);
    await tabs[0].signIn("Ada");
    for (const tab of tabs) await tab.expectSignedInAs("Ada");
    expect(server.eventsOf("session-started")).toHaveLength(1);
    expect(server.requests.filter((request) => request.endsWith("/session/refresh"))).toEqual([]);
  });

  test(`a wrong password is told, and the right one works after it, in ${example}`, async ({ world }) => {
    const { server, complaints, openTab } = await world(example);
    complaints.provoke(/^error: Failed to load resource: .* 403 .*\/sign-in\)$/);
    const tab = await openTab();
    await tab.signIn("Ada", "guess");
    await expect(tab.page.getByRole("alert")).toHaveText("Wrong name or password.");
    await tab.expectSignedOut();
    await expect(tab.page.getByLabel("Name", { exact: true })).toHaveValue("Ada");
    expect(server.eventsOf("session-started")).toEqual([]);
    await tab.signIn("Ada");
    await tab.expectSignedInAs("Ada");
    await expect(tab.page.getByRole("alert")).toBeHidden();
  });
}
