/** A page that the browser kept while its user was elsewhere, and signed out. */
import { firstNote } from "./support/application.js";
import { examples } from "./support/examples.js";
import { expect, test } from "./support/fixtures.js";
import { elsewhere } from "./support/server.js";

interface Kept {
  /** What was on the page when it was first painted again. */
  firstPaint?: string;
}

for (const example of examples) {
  test(`L3: who goes back to a page after a sign-out in another tab sees none of it, not for one frame, in ${example}`, async ({
    world,
  }) => {
    const { server, openTab } = await world(example, { real: true });
    const away = await openTab();
    await away.signIn("Ada");
    const other = await openTab();
    for (const tab of [away, other]) await tab.expectSignedInAs("Ada");
    await away.page.evaluate(() =>
      addEventListener("pageshow", ({ persisted }) => {
        requestAnimationFrame(() => {
          if (persisted) Object.assign(window, { firstPaint: document.body.innerText } satisfies Kept);
        });
      }),
    );
    await away.page.goto(server.origin + elsewhere);

    // A message would make Chromium drop the page that it keeps; here it is lost, as it is in other browsers.
    await other.page.evaluate(() => void (BroadcastChannel.prototype.postMessage = () => undefined));
    await other.press("Sign out");
    await other.expectSignedOut();

    await away.page.bringToFront();
    await away.page.evaluate(() => void setTimeout(() => history.back(), 0));
    await away.page.waitForFunction(() => "firstPaint" in window);
    const firstPaint = await away.page.evaluate(() => (window as Kept).firstPaint);
    expect(firstPaint).not.toContain(firstNote.Ada);
    expect(firstPaint).toContain("Sign in");
    await away.expectSignedOut();
    await expect(
      away.page.getByText("You were signed out in another tab or on another device."),
    ).toBeVisible();
    await expect(away.page.locator("body")).not.toContainText(firstNote.Ada);
    expect(server.requests.filter((request) => request.endsWith("/session/refresh"))).toEqual([]);
  });
}
