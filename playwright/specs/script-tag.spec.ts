/** The script-tag build, on a page that allows its own scripts and nothing else. */
import { expect, signIn, test } from "../support/fixtures.js";
import type { Tab } from "../support/tabs.js";

/** The texts of the elements that can be seen. */
const shown = (tab: Tab): Promise<string[]> =>
  tab.eval(() =>
    [...document.querySelectorAll<HTMLElement>("[data-lockstep-show]")]
      .filter((element) => element.checkVisibility())
      .map((element) => element.textContent),
  );
const told = (tab: Tab): Promise<string[]> =>
  tab.eval(() => window.changes.map(({ status }: { status: string }) => status));

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
    "session",
  ]);
  expect(await first.eval(() => (window.Lockstep as unknown as { session: unknown }).session)).toBeNull();
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

test("L10, R-152: a tag with attributes and a digest gives a session, shows and hides, and tells each change once", async ({
  world,
}) => {
  const { backend, openTab } = await world();
  const first = await openTab({ path: "/tagged" });
  await expect.poll(() => shown(first)).toEqual(["unauthenticated"]);
  expect(await told(first)).toEqual(["unauthenticated"]);
  await signIn(first);
  expect(await shown(first)).toEqual(["authenticated"]);

  const second = await openTab({ path: "/tagged" });
  await expect.poll(() => shown(second)).toEqual(["authenticated"]);
  await second.eval(() => {
    const added = document.createElement("p");
    added.dataset["lockstepShow"] = "unauthenticated";
    added.textContent = "added";
    document.body.append(added);
  });
  await expect.poll(() => shown(second)).toEqual(["authenticated"]);
  expect((await second.refresh()).ok).toBe(true);
  expect((await first.callApi()).value).toEqual({ status: 200, user: "ann" });
  await first.eval(async () => void (await window.session.signOut()));
  await expect.poll(() => shown(second)).toEqual(["unauthenticated", "added"]);
  expect(await told(first)).toEqual(["unauthenticated", "authenticated", "unauthenticated"]);
  expect(await told(second)).toEqual(["authenticated", "unauthenticated"]);
  for (const tab of [first, second]) expect(await tab.eval(() => window.violations)).toEqual([]);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L8: the attributes of the tag are the options of its session", async ({ world }) => {
  const { openTab } = await world();
  const attributes = JSON.stringify({
    "data-endpoint": "/session",
    "data-audience": "https://api.example https://other.example",
    "data-share-token": "false",
  });
  const answerForeignRequests = (): void => {
    const { fetch } = window;
    window.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.includes(".example")) return fetch(input, init);
      return new Response(String(request.headers.has("authorization")));
    };
  };
  const options = { path: "/tagged", query: { attributes }, before: answerForeignRequests };
  const tab = await openTab(options);
  await signIn(tab);
  const getsToken = (url: string): Promise<string> =>
    tab.eval(async (url) => (await window.session.fetch(url)).text(), url);
  expect(await getsToken("https://api.example/orders")).toBe("true");
  expect(await getsToken("https://other.example/")).toBe("true");
  expect(await getsToken("https://third.example/")).toBe("false");
  const sibling = await openTab(options);
  await expect.poll(() => sibling.status()).toBe("authenticated as ann");
  expect(await sibling.getAccessToken()).not.toEqual(await tab.getAccessToken());
});

test("an attribute that says nothing sensible is refused by its name", async ({ world }) => {
  const { openTab } = await world({ errorsExpected: true });
  const attributes = { "data-endpoint": "/session", "data-keep-fresh": "perhaps" };
  const tab = await openTab({ path: "/tagged", query: { attributes: JSON.stringify(attributes) } });
  const [caught] = await tab.eval(() => window.caught);
  expect(caught).toContain("invalid-option");
  expect(caught).toContain("keepFresh");
});

test("R-152: a script that is not the one of the digest does not run", async ({ world }) => {
  const { openTab } = await world();
  const other = `sha384-${"A".repeat(64)}`;
  const tab = await openTab({ path: "/tagged", query: { integrity: other } });
  expect(await tab.eval(() => "Lockstep" in window)).toBe(false);
});
