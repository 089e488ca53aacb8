/** What nobody notices: tokens that are replaced while people work. */
import { examples } from "./support/examples.js";
import { expect, test } from "./support/fixtures.js";

const lifetimeSeconds = 4;
const refreshCount = 3;

/** Counts what changes in the page from now on. */
const countChanges = (): void => {
  Object.assign(window, { changes: [] });
  const { changes } = window as unknown as { changes: string[] };
  const note = (records: readonly MutationRecord[]): void =>
    void changes.push(...records.map(({ type, target }) => `${type} in ${target.nodeName}`));
  new MutationObserver(note).observe(document, {
    attributes: true,
    characterData: true,
    childList: true,
    subtree: true,
  });
};

for (const example of examples) {
  test(`L1, L10: ${refreshCount} token lifetimes cost five tabs a refresh each, and change nothing on the page, in ${example}`, async ({
    world,
  }) => {
    const { server, openFiveTabs } = await world(example, { lifetimeSeconds });
    const tabs = await openFiveTabs("Ada");
    const [writer] = tabs;
    await writer.newNote.pressSequentially("half a thought");
    for (const { page } of tabs) await page.evaluate(countChanges);
    const before = server.eventsOf("session-refreshed").length;

    await expect
      .poll(() => server.eventsOf("session-refreshed").length, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(before + refreshCount);

    const [signIn] = server.eventsOf("session-started");
    const refreshes = server.eventsOf("session-refreshed");
    const tookMs = (refreshes.at(-1)?.at ?? 0) - (signIn?.at ?? 0);
    // Tokens are replaced when three quarters of their life are over. Five tabs by themselves would need five times as many.
    expect(tookMs / refreshes.length).toBeGreaterThan((lifetimeSeconds * 1_000) / 2);
    const sent = (): number =>
      server.requests.filter((request) => request.endsWith("/session/refresh")).length;
    // One may be under way at this moment.
    await expect.poll(() => sent() - server.eventsOf("session-refreshed").length).toBe(0);

    for (const { page } of tabs)
      expect(await page.evaluate(() => (window as unknown as { changes: string[] }).changes)).toEqual([]);
    await expect(writer.newNote).toBeFocused();
    await expect(writer.newNote).toHaveValue("half a thought");
    await writer.newNote.press("Enter");
    await expect(writer.notes.filter({ hasText: "half a thought" })).toBeVisible();
    for (const tab of tabs) await tab.expectSignedInAs("Ada");
    expect(server.eventsOf("reuse-detected")).toEqual([]);
  });
}
