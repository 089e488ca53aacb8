/** Attacks A7 to A10: what leaves the session in errors, headers, builds, objects and memory. */
import { answering } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";

test("L5, attack A7: no error of the session carries a token, in whatever member, whatever the server echoes", async ({
  world,
}) => {
  const { backend, findSecrets, openForeignServer, openSignedIn } = await world();
  const foreign = await openForeignServer();
  const tab = await openSignedIn();
  const { value: token = "" } = await tab.getAccessToken();
  const echoes = {
    "JSON that is broken behind the token": answering(`{"access_token":"${token}"}}`),
    "HTML that shows the token": answering(`<pre>${token}</pre>`, { status: 502 }),
    "an error that quotes the token": answering(JSON.stringify({ error: token, reason: token }), {
      status: 400,
    }),
    "an end for a reason that is the token": answering(
      JSON.stringify({ error: "session_ended", reason: token }),
      { status: 401 },
    ),
  };
  const seen: string[] = [];
  for (const echo of Object.values(echoes)) {
    backend.intercept("/session/refresh", echo, 1);
    await tab.page.evaluate(async () => {
      // Each try on its own: the pause after a failure is written down for all tabs, and taken away here.
      document.cookie = "__Host-lockstep-hold=; Path=/; Secure; Max-Age=0";
      const session = window.newSession({ shareToken: false });
      await session.refresh().catch((error: unknown) => window.note(error));
      session.dispose();
    });
    seen.push(...(await tab.eval(() => window.caught.splice(0))));
  }
  seen.push(
    ...(await tab.page.evaluate(async (elsewhere) => {
      const { session } = window;
      const failing: (() => Promise<unknown>)[] = [
        () => session.getAccessToken(),
        () => session.getAccessToken({ signal: AbortSignal.abort() }),
        () => session.fetch(`${elsewhere}/x`, { mode: "same-origin" }),
        () => session.signIn(() => Promise.reject(new Error("no network"))),
        () => session.signIn(() => new Response("no", { status: 403 })),
      ];
      for (const fail of failing) await fail().catch((error: unknown) => window.note(error));
      session.dispose();
      await session.getAccessToken().catch((error: unknown) => window.note(error));
      return window.caught;
    }, foreign.origin)),
  );
  expect(backend.refreshes()).toHaveLength(4);
  expect(seen).toHaveLength(10);
  for (const text of seen) for (const part of token.split(".").slice(1)) expect(text).not.toContain(part);
  expect(await findSecrets()).toEqual([]);
});

test("L5, attack A7: the token is in the Authorization header of authorised requests, and in no other header, address or Referer", async ({
  world,
}) => {
  const { backend, context, openSignedIn } = await world();
  const carried: string[] = [];
  const others: string[] = [];
  const tab = await openSignedIn();
  const { value: token = "" } = await tab.getAccessToken();
  backend.intercept("/", async ({ request, decide }) => {
    for (const [name, value] of request.headers) {
      const text = `${request.method} ${request.url} ${name}: ${value}`;
      if (name === "authorization") carried.push(text);
      else others.push(text);
    }
    return decide();
  });
  await tab.eval(async () => {
    await window.session.fetch("/api/echo?q=1", { method: "POST", body: "x" });
    await fetch("/api/public");
    await window.session.refresh();
    await window.session.fetch("/api/echo");
  });
  await tab.page.goto(`${backend.origin}/other`);
  const cookies = await context.cookies();
  expect(carried.map((text) => text.split(" ").slice(0, 2).join(" "))).toEqual([
    `POST ${backend.origin}/api/echo?q=1`,
    `GET ${backend.origin}/api/echo`,
  ]);
  const [, , signature = token] = token.split(".");
  for (const text of [...others, ...cookies.map(({ value }) => value)]) expect(text).not.toContain(signature);
});

test("L5, attack A8: the script-tag build asks for nothing but itself, holds no secret and names no source map", async ({
  world,
}) => {
  const { backend, openTab } = await world();
  const tab = await openTab({ path: "/plain" });
  const text = await tab.eval(async () => (await fetch("/lockstep.global.js")).text());
  expect(text.length).toBeGreaterThan(10_000);
  expect(text).not.toMatch(/sourceMappingURL|-----BEGIN|eyJ[\w-]{10,}\.|\/(home|root|work|Users)\//);
  // The icon is the browser's own wish.
  const asked = backend.requests.map(({ path }) => path).filter((path) => path !== "/favicon.ico");
  expect(new Set(asked)).toEqual(new Set(["/plain", "/prepare.js", "/lockstep.global.js", "/plain.js"]));
});

test("L5, attack A9: no prototype, symbol, getter or clone of what the SDK exports leads to a token", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  await tab.refresh();
  await tab.getAccessToken();
  await tab.callApi();
  const { walked, clones } = await tab.eval(() => {
    const seen = new Set<unknown>();
    const texts: string[] = [];
    const walk = (value: unknown): void => {
      if (seen.has(value)) return;
      seen.add(value);
      const isObject = typeof value === "object" && value !== null;
      if (!isObject)
        texts.push(typeof value === "function" ? Function.prototype.toString.call(value) : String(value));
      if (!isObject && typeof value !== "function") return;
      for (const key of Reflect.ownKeys(value)) {
        texts.push(String(key));
        try {
          walk((value as Record<PropertyKey, unknown>)[key]);
        } catch {
          // `arguments` of a strict function.
        }
      }
      walk(Reflect.getPrototypeOf(value));
    };
    const error = new window.Lockstep.SessionError("network", "x");
    for (const root of [
      window.Lockstep,
      window.session,
      window.session.getSnapshot(),
      error,
      window.inspected,
    ])
      walk(root);
    const clones = [window.session, { ...window.session }, window.session.getSnapshot()].map((value) => {
      try {
        return JSON.stringify([structuredClone(value), value]);
      } catch (thrown) {
        return (thrown as Error).name;
      }
    });
    return { walked: texts.join("\n"), clones };
  });
  expect(walked).toContain("getAccessToken");
  expect(clones.slice(0, 2)).toEqual(["DataCloneError", "DataCloneError"]);
  for (const { text } of backend.secrets.pieces()) expect(walked + clones.join("\n")).not.toContain(text);
});

test(
  "L5, attack A10: after sign-out the page's memory holds no access token any more",
  { tag: "@chromium" },
  async ({ world }) => {
    const { backend, context, openSignedIn, openTab } = await world();
    const tab = await openSignedIn();
    const other = await openTab();
    await expect.poll(() => other.status()).toBe("authenticated as ann");
    for (const each of [tab, other]) {
      await each.eval(() => window.session.refresh());
      await each.eval(async () => void (await window.session.getAccessToken()));
      await each.eval(async () => void (await window.session.fetch("/api/echo")));
    }
    const inMemory = async (): Promise<number[]> => {
      const counts: number[] = [];
      for (const { page } of [tab, other]) {
        const devtools = await context.newCDPSession(page);
        const chunks: string[] = [];
        devtools.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
        await devtools.send("HeapProfiler.collectGarbage");
        await devtools.send("HeapProfiler.takeHeapSnapshot");
        await devtools.detach();
        const heap = chunks.join("");
        counts.push(
          [...backend.secrets.accessTokens].filter((token) => heap.includes(token.slice(-60))).length,
        );
      }
      return counts;
    };
    expect(Math.min(...(await inMemory())), "while signed in it is found").toBeGreaterThan(0);
    await tab.eval(async () => void (await window.session.signOut()));
    await expect.poll(() => other.status()).toBe("unauthenticated: signed-out-elsewhere");
    await expect.poll(inMemory).toEqual([0, 0]);
  },
);
