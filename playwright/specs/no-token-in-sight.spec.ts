/** L5, scenario 36: after every test all places are searched for tokens. Here each place is given one, and it is found. */
import { expect, test } from "../support/fixtures.js";

/** Runs in the page: leaves `secret` somewhere. */
const hidingPlaces: Readonly<Record<string, (secret: string) => unknown>> = {
  localStorage: (secret) => localStorage.setItem("x", secret),
  sessionStorage: (secret) => sessionStorage.setItem(secret, "x"),
  IndexedDB: (secret) =>
    new Promise<void>((resolve) => {
      const opening = indexedDB.open("hidden", 1);
      opening.addEventListener("upgradeneeded", () => void opening.result.createObjectStore("rows"));
      opening.addEventListener("success", () => {
        const writing = opening.result.transaction("rows", "readwrite");
        writing.objectStore("rows").put({ deep: { value: secret } }, 1);
        writing.addEventListener("complete", () => {
          opening.result.close();
          resolve();
        });
      });
    }),
  "Cache API": async (secret) => (await caches.open("hidden")).put("/x", new Response(secret)),
  "document.cookie": (secret) => (document.cookie = `x=${secret.slice(0, 3_000)}; Secure`),
  location: (secret) => history.replaceState(null, "", `${location.href}#${secret}`),
  history: (secret) => {
    const { href } = location;
    history.pushState(null, "", `/?tab=1&hidden=${secret}`);
    history.pushState(null, "", href);
  },
  "history.state": (secret) => history.replaceState({ secret }, ""),
  "performance entries": (secret) => fetch(`/api/public?${secret}`),
  "request URL": (secret) => fetch(`/api/public?${secret}`),
  DOM: (secret) => document.body.setAttribute("data-x", secret),
  "window.name": (secret) => (window.name = secret),
  "inspection events": (secret) => window.inspected.push({ secret } as never),
  changes: (secret) => window.changes.push({ secret } as never),
  errors: (secret) => window.note(new Error("x", { cause: new TypeError(secret) })),
  console: (secret) => console.log("signed in", { secret }),
};

for (const [place, hide] of Object.entries(hidingPlaces)) {
  test(
    `L5, scenario 36: a token left in ${place} is found`,
    { tag: place === "history" ? "@chromium" : [] },
    async ({ world }) => {
      const { findSecrets, openSignedIn } = await world({ planted: true });
      const tab = await openSignedIn();
      expect(await findSecrets()).toEqual([]);
      const { value: token = "" } = await tab.getAccessToken();
      await tab.page.evaluate(hide, token);
      await expect.poll(() => findSecrets()).toContain(`access token in ${place}`);
    },
  );
}

test("L5, scenario 36: a token in an error that nobody caught is found", async ({ world }) => {
  const { findSecrets, openSignedIn } = await world({ planted: true, errorsExpected: true });
  const tab = await openSignedIn();
  await tab.eval(() => {
    void window.session.getAccessToken().then((token) => {
      throw new Error(`Refused: ${token}`);
    });
  });
  await expect
    .poll(() => findSecrets())
    .toEqual(expect.arrayContaining(["access token in errors", "access token in page error"]));
});

test("L5, scenario 36: a refresh token in any cookie but its own, and a token sent to a foreign server, are found", async ({
  world,
}) => {
  const { backend, context, findSecrets, openForeignServer, openSignedIn } = await world({ planted: true });
  const foreign = await openForeignServer();
  const tab = await openSignedIn();
  const [refreshToken = ""] = backend.secrets.refreshTokens;
  await context.addCookies([{ name: "copy", value: refreshToken, url: backend.origin, httpOnly: true }]);
  await tab.eval(async (address) => {
    const token = await window.session.getAccessToken();
    await fetch(address, { headers: { Authorization: token } });
  }, foreign.origin);
  expect(await findSecrets()).toEqual(
    expect.arrayContaining(["refresh token in HttpOnly cookie copy", "access token in a foreign server"]),
  );
});

test("L5: nothing that the session is made of shows a token, to whoever walks through it", async ({
  world,
}) => {
  const { openSignedIn } = await world();
  const tab = await openSignedIn();
  const { value: token = "" } = await tab.getAccessToken();
  const text = await tab.eval(() => {
    const seen = new Set<unknown>();
    const texts: string[] = [];
    const walk = (value: unknown, depth: number): void => {
      if (depth > 6 || seen.has(value)) return;
      seen.add(value);
      texts.push(typeof value === "function" ? Function.prototype.toString.call(value) : String(value));
      if (typeof value !== "object" && typeof value !== "function") return;
      for (const key of Reflect.ownKeys(value ?? {})) {
        texts.push(String(key));
        walk((value as Record<PropertyKey, unknown>)[key], depth + 1);
      }
    };
    walk(window.session, 0);
    walk(window.session.getSnapshot(), 0);
    return texts.join("\n");
  });
  expect(text).toContain("getAccessToken");
  expect(text).not.toContain(token.split(".")[2]);
});
