/** Attacks C11, C12: the application in a frame that shares nothing with the tabs, or only seems to. */
import type { Outcome } from "../support/page-globals.js";
import { embed } from "../support/frames.js";
import { expect, test } from "../support/fixtures.js";

interface Platform {
  readonly origin: string;
  readonly cookie: string;
  readonly storage: string;
}

interface Status {
  readonly status: string;
  readonly reason?: string;
  readonly user?: { readonly id: string };
}

test("L1, attacks C11, C12: a frame of the same origin on a page of its own site is like another tab", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  const frame = await embed(tab.page, backend);
  await expect
    .poll(async () => (await frame.ask<Outcome<Status>>("status")).value)
    .toMatchObject({ status: "authenticated", user: { id: "ann" } });
  expect(backend.refreshes(), "its token came from the tab").toEqual([]);
  await frame.ask("signOut");
  await expect.poll(() => tab.status()).toBe("unauthenticated: signed-out-elsewhere");
});

test("L5, L7, attack C11: in a sandbox of its own, opaque origin the session settles, and gets nothing of the tabs'", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  const frame = await embed(tab.page, backend, { sandbox: "allow-scripts" });
  const { value: platform } = await frame.ask<Outcome<Platform>>("platform");
  expect(platform).toMatchObject({ origin: "null", storage: "SecurityError" });
  expect((await frame.ask<Outcome<string[]>>("inspected")).value).toContain("degraded");
  const token = await frame.ask<Outcome<string>>("token");
  expect(token).toMatchObject({ ok: false, name: "SessionError" });
  expect(await frame.ask("refresh")).toMatchObject({ ok: false, name: "SessionError" });
  expect((await frame.ask<Outcome<Status>>("status")).value?.status).not.toBe("authenticated");
  // Its requests, if it sends any, carry no cookie; and the tab outside has noticed nothing.
  // WebKit sends the site's cookies for the scripts of a frame in a sandbox. The frame gets to see none of them.
  const fromFrame = backend.requests.filter(
    ({ tab: number, path }) => (number === 99 || number === null) && !path.endsWith(".js"),
  );
  for (const { hasCookie, hasAuthorization } of fromFrame)
    expect({ hasCookie, hasAuthorization }).toEqual({ hasCookie: false, hasAuthorization: false });
  expect(await frame.ask("signOut")).toMatchObject({ ok: true });
  expect(await tab.status()).toBe("authenticated as ann");
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(backend.eventsOf("session-ended")).toEqual([]);
});

test("L8, L9, attack C12: in a frame on another site the session is a stranger, and neither learns nor ends that of the tabs", async ({
  world,
}) => {
  const { backend, context, openSignedIn } = await world();
  const tab = await openSignedIn();
  const elsewhere = await context.newPage();
  // The same server by another name: another site, which embeds this one.
  await elsewhere.goto(`${backend.origin.replace("localhost", "127.0.0.1")}/other`);
  const frame = await embed(elsewhere, backend);
  expect((await frame.ask<Outcome<Platform>>("platform")).value).toMatchObject({ origin: backend.origin });
  expect(await frame.ask("token")).toMatchObject({
    ok: false,
    code: "unauthenticated",
    reason: "no-session",
  });
  expect((await frame.ask<Outcome<Status>>("status")).value).toEqual({
    status: "unauthenticated",
    reason: "no-session",
  });
  expect(backend.refreshes(), "L10: an anonymous visitor costs no refresh").toEqual([]);
  expect(await frame.ask("signOut")).toMatchObject({ ok: true });
  expect(await tab.status()).toBe("authenticated as ann");
  expect((await tab.refresh()).ok).toBe(true);
  expect((await frame.ask<Outcome<Status>>("status")).value?.status).toBe("unauthenticated");
  expect(backend.eventsOf("session-ended")).toEqual([]);
});

test("L7, L9, attack C12: who signs in in a frame on another site stays in that frame", async ({ world }) => {
  const { backend, context, openSignedIn } = await world();
  const tab = await openSignedIn("ann");
  const elsewhere = await context.newPage();
  await elsewhere.goto(`${backend.origin.replace("localhost", "127.0.0.1")}/other`);
  const frame = await embed(elsewhere, backend);
  expect(await frame.ask("signIn")).toMatchObject({ ok: true, value: "authenticated" });
  // The browser kept none of its cookies: the session lasts as long as its first token, and says so when that is refused.
  expect(await frame.ask("refresh")).toMatchObject({ ok: false, code: "unauthenticated" });
  expect((await frame.ask<Outcome<Status>>("status")).value?.status).toBe("unauthenticated");
  expect(await tab.status()).toBe("authenticated as ann");
  expect((await tab.refresh()).ok).toBe(true);
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});
