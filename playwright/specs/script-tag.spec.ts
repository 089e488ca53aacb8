/** The script-tag build, on a page that allows its own scripts and nothing else. */
import { expect, signIn, test } from "../support/fixtures.js";

test("L7: the global build lives under a strict Content-Security-Policy with Trusted Types", async ({
  world,
}) => {
  const { backend, openTab } = await world();
  const tabs = [await openTab({ path: "/plain" }), await openTab({ path: "/plain" })];
  const [first, second] = tabs;
  if (first === undefined || second === undefined) throw new Error("There are no tabs.");
  expect(await first.eval(() => Object.keys(window.Lockstep).toSorted())).toEqual([
    "SessionError",
    "createSession",
    "isSessionError",
  ]);
  await signIn(first);
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  expect((await second.refresh()).ok).toBe(true);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  await second.eval(async () => void (await window.session.signOut()));
  await expect.poll(() => first.status()).toBe("unauthenticated: signed-out-elsewhere");
  for (const tab of tabs) expect(await tab.eval(() => window.violations)).toEqual([]);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L7: the policy of that page is in force: what it forbids is reported", async ({ world }) => {
  const { openTab } = await world({ errorsExpected: true });
  const tab = await openTab({ path: "/plain" });
  await tab
    .eval(() => {
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.body.append(script);
    })
    .catch(() => undefined);
  await expect.poll(async () => (await tab.eval(() => window.violations)).length).toBeGreaterThan(0);
});

test("L7: two builds of the SDK on one origin share the session", async ({ world }) => {
  const { backend, openTab, openSignedIn } = await world();
  const modules = await openSignedIn();
  const scriptTag = await openTab({ path: "/plain" });
  await expect.poll(() => scriptTag.status()).toBe("authenticated as ann");
  expect(await scriptTag.getAccessToken()).toEqual(await modules.getAccessToken());
  expect(backend.refreshes()).toEqual([]);
  const recognised = await modules.eval(() =>
    window.session
      .signOut()
      .then(() =>
        window.session.getAccessToken().catch((error: unknown) => window.Lockstep.isSessionError(error)),
      ),
  );
  expect(recognised).toBe(true);
});
