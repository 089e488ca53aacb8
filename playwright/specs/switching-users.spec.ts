/** L9: all tabs agree on who is signed in, and no request of one user goes out with another's token. */
import { holdAnswer, holdRequest } from "../support/faults.js";
import { expect, signIn, test } from "../support/fixtures.js";

test("L9, scenario 25: another user signs in elsewhere; a request under way fails, and the screen changes once", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend, "/api/echo");
  const call = first.callApi();
  await held.reached;
  const before = await first.eval(() => window.changes.length);

  await signIn(second, "bob");
  await expect.poll(() => first.status()).toBe("authenticated as bob");
  held.release();
  expect(await call).toMatchObject({ ok: false, name: "SessionError", code: "user-changed" });
  expect(await first.inspected("user-changed")).toHaveLength(1);
  expect(await first.eval((from) => window.changes.slice(from).map(({ status }) => status), before)).toEqual([
    "authenticated",
  ]);
  expect((await first.callApi()).value).toEqual({ status: 200, user: "bob" });
  expect(backend.refreshes(), "the new user's token came in a message").toEqual([]);
});

test("L9, scenario 25: a refused request of one user is not replayed with the next one's token", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world({ lifetimeSeconds: 8 });
  const first = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdRequest(backend, "/api/echo");
  const call = first.callApi();
  await held.reached;
  backend.refuseTokens();
  await signIn(second, "bob");
  held.release();
  expect(await call).toMatchObject({ ok: false, code: "user-changed" });
  expect(backend.to("/api/echo")).toHaveLength(1);
});

test("L9, attack C6: a late answer to the former user's refresh changes nothing", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend);
  await first.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
  await held.reached;
  const signedIn = signIn(second, "bob");
  held.release();
  await signedIn;
  for (const tab of [first, second]) {
    await expect.poll(() => tab.status()).toBe("authenticated as bob");
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "bob" });
    await tab.page.reload();
    await tab.page.waitForFunction(() => window.loaded === true);
    await expect.poll(() => tab.status()).toBe("authenticated as bob");
  }
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L9: sign-in in one tab signs the anonymous tabs in, without a request of theirs", async ({ world }) => {
  const { backend, openTabs } = await world();
  const [first, ...others] = await openTabs(4);
  if (first === undefined) throw new Error("There is no tab.");
  await signIn(first, "ann");
  for (const tab of others) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  expect(backend.refreshes()).toEqual([]);
});

test("L3: sign-out while the login call runs wins, and the new session is revoked", async ({ world }) => {
  const { backend, openTab } = await world();
  const tab = await openTab();
  const held = holdAnswer(backend, "/login");
  const signedIn = tab.eval(() =>
    window.outcome(window.session.signIn(() => fetch("/login?user=ann", { method: "POST" }))),
  );
  await held.reached;
  const signedOut = tab.eval(() => window.outcome(window.session.signOut()));
  // Answered after the call above: the page takes one thing at a time.
  expect(await tab.status()).toMatch(/^unauthenticated/);
  held.release();
  expect(await signedIn).toMatchObject({ ok: false, code: "sign-in-superseded" });
  expect((await signedOut).ok).toBe(true);
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
  expect(await tab.status()).toMatch(/^unauthenticated/);
});

test("L9: a failed login leaves everything as it was, and its answer is the application's to read", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann");
  backend.intercept("/login", async () => Response.json({ error: "wrong password" }, { status: 403 }), 1);
  const seen = await tab.eval(async () => {
    try {
      await window.session.signIn(() => fetch("/login", { method: "POST" }));
      return null;
    } catch (error) {
      const { code, status, response } = error as { code: string; status: number; response: Response };
      return {
        code,
        status,
        body: (await response.json()) as unknown,
        visible: Object.keys(error as object),
      };
    }
  });
  expect(seen).toMatchObject({ code: "sign-in-failed", status: 403, body: { error: "wrong password" } });
  expect(seen?.visible).not.toContain("response");
  expect(await tab.status()).toBe("authenticated as ann");
});
