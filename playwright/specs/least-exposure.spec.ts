/** L8: the token goes to origins on the exact allow-list only. */
import { expect, test } from "../support/fixtures.js";

const audience = "https://api.example.com";

/** Addresses that only look like the allowed ones. */
const tricks: readonly string[] = [
  "https://evil.example/",
  "//evil.example/",
  "https://api.example.com.evil.example/",
  "https://api.example.com@evil.example/",
  "https://evil.example/https://api.example.com/",
  "https://evil.example\\@api.example.com/",
  "https:\\\\evil.example/",
  "https:/\t/evil.example/",
  "ht\ntps://evil.example/",
  "https://api.example.com:8443/",
  "https://аpi.example.com/",
  "https://api.example.com./",
  "https://sub.api.example.com/",
  "https://example.com/",
  "https://API-example.com/",
];

test("L8, scenario 35: the token goes to an allowed origin, however it is written", async ({
  world: create,
}) => {
  const world = await create();
  const tab = await world.openSignedIn("ann", { session: { audience: [audience] } });
  const { value: token } = await tab.getAccessToken();
  await tab.eval(async () => {
    for (const address of [
      "https://api.example.com/a",
      "https://API.EXAMPLE.COM:443/b",
      "https:\\\\api.example.com/c",
    ])
      await window.session.fetch(address);
  });
  expect(world.sentElsewhere().map(({ authorization }) => authorization)).toEqual([
    `Bearer ${token}`,
    `Bearer ${token}`,
    `Bearer ${token}`,
  ]);
});

test("L8, scenario 35: no address that only looks allowed gets the token", async ({ world: create }) => {
  const world = await create();
  const tab = await world.openSignedIn("ann", { session: { audience: [audience] } });
  await tab.eval(async (tricks) => {
    for (const trick of tricks) {
      const absolute = new URL(trick, location.href);
      const inputs: (string | URL | Request)[] = [trick, absolute];
      if (absolute.username === "") inputs.push(new Request(trick));
      for (const input of inputs)
        await window.session.fetch(input).catch((error: unknown) => window.note(error));
    }
  }, tricks);
  const sent = world.sentElsewhere();
  expect(new Set(sent.map(({ url }) => url)).size).toBeGreaterThanOrEqual(10);
  for (const { url, authorization } of sent) expect(authorization, url).toBeNull();
});

test("L8, attack A5: requests that lie about where they go get no token", async ({ world: create }) => {
  const world = await create();
  const tab = await world.openSignedIn("ann", { session: { audience: [audience] } });
  await tab.eval(async () => {
    class Liar extends Request {
      override get url(): string {
        return "https://api.example.com/";
      }
    }
    let reads = 0;
    const turning = {
      toString: () => (reads++ === 0 ? "https://api.example.com/" : "https://evil.example/turning"),
    };
    const url = new URL("https://evil.example/mutated");
    const inputs = [new Liar("https://evil.example/liar"), turning as unknown as string, url];
    for (const input of inputs) {
      const sent = window.session.fetch(input).catch((error: unknown) => window.note(error));
      url.href = "https://api.example.com/";
      await sent;
    }
  });
  const sent = world.sentElsewhere();
  expect(sent.some(({ url }) => url.startsWith("https://evil.example/"))).toBe(true);
  for (const { url, authorization } of sent)
    if (!url.startsWith(`${audience}/`)) expect(authorization, url).toBeNull();
});

test("L8, scenario 35: another port of the same host is another origin", async ({ world }) => {
  const { openSignedIn, openForeignServer } = await world();
  const foreign = await openForeignServer();
  const tab = await openSignedIn();
  await tab.eval(async (address) => void (await window.session.fetch(address)), `${foreign.origin}/api`);
  expect(foreign.requests).toHaveLength(1);
  expect(foreign.requests[0]?.headers.authorization).toBeUndefined();
});

test("L8, scenario 35: along a redirect to another origin nothing of ours is sent", async ({ world }) => {
  const { backend, openSignedIn, openForeignServer } = await world();
  const allowed = await openForeignServer({ allowed: true });
  const foreign = await openForeignServer();
  const tab = await openSignedIn("ann", { session: { audience: [allowed.origin] } });
  const to = encodeURIComponent(`${foreign.origin}/landed`);
  await tab.eval(
    async (addresses) => {
      for (const address of addresses) await window.session.fetch(address);
    },
    [`${backend.origin}/redirect?to=${to}`, `${allowed.origin}/hop?to=${to}`],
  );
  expect(backend.to("/redirect")[0]?.hasAuthorization).toBe(true);
  expect(allowed.requests[0]?.headers.authorization).toMatch(/^Bearer /);
  expect(foreign.requests).toHaveLength(2);
  for (const { headers } of foreign.requests) {
    expect(headers.authorization).toBeUndefined();
    expect(Object.keys(headers).filter((name) => name.includes("lockstep"))).toEqual([]);
  }
});

test("L8, attack A3: a session endpoint that redirects elsewhere is not followed", async ({ world }) => {
  const { backend, openSignedIn, openForeignServer } = await world();
  const foreign = await openForeignServer();
  const tab = await openSignedIn();
  const location = `${foreign.origin}/session/refresh`;
  backend.intercept(
    "/session/refresh",
    async () => new Response(null, { status: 307, headers: { location } }),
    1,
  );
  expect(await tab.refresh()).toMatchObject({ ok: false, code: "network" });
  expect(await tab.status()).toBe("authenticated as ann (network)");
  expect(foreign.requests).toEqual([]);
});

test("L8, attack A4: a foreign <base> moves neither the token nor the session endpoint", async ({
  world,
}) => {
  const { backend, openSignedIn, openForeignServer } = await world();
  const foreign = await openForeignServer();
  const tab = await openSignedIn("ann", { path: "/foreign-base", query: { base: `${foreign.origin}/` } });
  await tab.eval(async () => {
    await window.session.refresh();
    await window.session.fetch("api/relative");
  });
  expect(backend.refreshes()).toHaveLength(1);
  const atForeign = foreign.requests.filter(({ url }) => url.startsWith("/api/relative"));
  expect(atForeign).toHaveLength(1);
  for (const { headers } of foreign.requests) expect(headers.authorization).toBeUndefined();
});

test("L8: a caller's own Authorization header is left alone, and no-cors carries none", async ({ world }) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  const status = await tab.eval(async () => {
    const own = await window.session.fetch("/api/echo", { headers: { Authorization: "Bearer mine" } });
    await window.session.fetch("/api/public", { mode: "no-cors" });
    return own.status;
  });
  expect(status).toBe(401);
  expect(backend.to("/api/public")[0]?.hasAuthorization).toBe(false);
  expect(backend.refreshes()).toEqual([]);
});
