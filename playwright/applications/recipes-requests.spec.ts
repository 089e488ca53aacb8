/** Each library that makes requests, with its recipe: it knows nothing of tokens, and its calls succeed all the same. */
import type { Tab } from "../support/tabs.js";
import { expect, test } from "./recipes-world.js";

type Library = keyof Window["recipes"]["libraries"];

const libraries: readonly Library[] = ["ky", "axios", "apollo", "urql", "trpc", "tanstackQuery"];

/** Makes calls side by side; what became of each. */
function callTimes(tab: Tab, library: Library, times: number): Promise<string[]> {
  return tab.eval(
    async ({ library, times }) => {
      const { libraries, outcomeOf } = window.recipes;
      const call = libraries[library](window.session);
      const { signal } = new AbortController();
      return Promise.all(Array.from({ length: times }, (_, index) => outcomeOf(call(index, signal))));
    },
    { library, times },
  );
}

const tenTimes = (text: string): string[] => Array.from({ length: 10 }, () => text);

/** What each library makes of a 401. */
const refusals: Readonly<Record<Library, string>> = {
  ky: "HTTPError 401",
  axios: "AxiosError 401",
  apollo: "ServerError 401",
  urql: "CombinedError 401",
  trpc: "TRPCClientError 401",
  tanstackQuery: "Error 401",
};

/** What each library makes of the session's own error. */
const outages: Readonly<Record<Exclude<Library, "tanstackQuery">, string>> = {
  ky: "SessionError unavailable",
  axios: "SessionError unavailable",
  apollo: "SessionError unavailable",
  urql: "CombinedError unavailable",
  trpc: "TRPCClientError unavailable",
};

/** What each library makes of a call that was given up. */
const abortions: Readonly<Record<Library, string>> = {
  ky: "AbortError undefined",
  axios: "CanceledError undefined",
  apollo: "AbortError undefined",
  urql: "AbortError undefined",
  trpc: "TRPCClientError undefined",
  tanstackQuery: "Error undefined",
};

for (const library of libraries) {
  test(`L1: ${library}: ten calls side by side with a refused token cost one refresh, and all succeed`, async ({
    recipes,
  }) => {
    const { backend, openSignedIn } = await recipes();
    const tab = await openSignedIn("ann");
    await tab.stepClock(25_000);
    backend.refuseTokens();
    expect(await callTimes(tab, library, 10)).toEqual(tenTimes("ann"));
    expect(backend.refreshes()).toHaveLength(1);
    expect(backend.requests.filter(({ status }) => status === 401)).not.toHaveLength(0);
  });

  test(`L6: ${library}: ten calls side by side with an expired token cost one refresh, and none is refused`, async ({
    recipes,
  }) => {
    const { backend, openSignedIn } = await recipes();
    const tab = await openSignedIn("ann");
    await tab.stepClock(70_000);
    expect(await callTimes(tab, library, 10)).toEqual(tenTimes("ann"));
    expect(backend.refreshes()).toHaveLength(1);
    expect(backend.requests.filter(({ status }) => status === 401)).toHaveLength(0);
  });

  test(`L10: ${library}: while nobody is signed in, a call fails with the library's own error, and nothing is refreshed`, async ({
    recipes,
  }) => {
    const { backend, openTab } = await recipes();
    const tab = await openTab();
    expect(await callTimes(tab, library, 1)).toEqual([refusals[library]]);
    const calls = backend.requests.filter(({ path }) => path.startsWith("/api/"));
    expect(calls, "nothing is tried again").toHaveLength(1);
    expect(backend.refreshes()).toHaveLength(0);
  });

  if (library !== "tanstackQuery")
    test(`L4: ${library}: while no token can be had, a call fails with the session's error in reach, and nobody is signed out`, async ({
      recipes,
    }) => {
      const { backend, openSignedIn } = await recipes();
      const tab = await openSignedIn("ann");
      const busy = (): Promise<Response> => Promise.resolve(new Response(null, { status: 503 }));
      backend.intercept("/session/refresh", busy);
      await tab.stepClock(70_000);
      expect(await callTimes(tab, library, 1)).toEqual([outages[library]]);
      expect(await tab.status()).toBe("authenticated as ann (unavailable)");
    });

  test(`${library}: a call that is given up is given up at the server too`, async ({ recipes }) => {
    const { api, openSignedIn } = await recipes();
    const tab = await openSignedIn("ann");
    api.hold();
    await tab.eval((library) => {
      const controller = new AbortController();
      const { libraries, outcomeOf } = window.recipes;
      const call = outcomeOf(libraries[library](window.session)(1, controller.signal));
      Object.assign(window, { controller, call });
    }, library);
    await expect.poll(() => api.waiting).toBe(1);
    const outcome = await tab.eval(() => {
      const { controller, call } = window as unknown as {
        controller: AbortController;
        call: Promise<string>;
      };
      controller.abort();
      return call;
    });
    expect(outcome).toBe(abortions[library]);
    await expect.poll(() => api.givenUp).toBe(1);
  });
}

test("axios: an answer can be read as a stream", async ({ recipes }) => {
  const { openSignedIn } = await recipes();
  const tab = await openSignedIn("ann");
  expect(await tab.eval(() => window.recipes.streamByAxios(window.session))).toContain('"user":"ann"');
});
