/** The first minute with an example: the command of its README, and a page that works on http://localhost. */
import { applicationIn } from "./support/application.js";
import { createComplaints } from "./support/complaints.js";
import { examples } from "./support/examples.js";
import { test } from "./support/fixtures.js";
import { startAsNewcomer } from "./support/newcomer.js";

for (const example of examples) {
  test(`a newcomer starts ${example} with its own command, signs in, sees notes, and reads no complaint`, async ({
    browser,
  }) => {
    test.setTimeout(120_000);
    const { url, stop } = await startAsNewcomer(example);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const complaints = createComplaints();
      complaints.watch(page);
      await page.goto(url);
      const tab = applicationIn(page);
      await tab.expectSignedOut();
      await tab.signIn("Ada");
      await tab.expectSignedInAs("Ada");
      await tab.add("My first note");
      await tab.press("Sign out");
      await tab.expectSignedOut();
      complaints.check();
    } finally {
      await context.close();
      await stop();
    }
  });
}
