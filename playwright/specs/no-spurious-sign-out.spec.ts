/** L4: only the backend's own, definitive answer ends a session. */
import type { Interceptor } from "../support/backend.js";
import { answering, cutInTheMiddle, reset, resetAfterDeciding } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { together } from "../support/tabs.js";

const html = { "content-type": "text/html" };
const json = { "content-type": "application/json" };

interface Row {
  readonly fault: Interceptor;
  readonly problem: string;
}

/** Each way the network, a proxy or a server in trouble can answer in the session endpoint's place. */
const rows: Readonly<Record<string, Row>> = {
  "a connection that breaks": { fault: reset, problem: "network" },
  "a connection that breaks after the server decided": { fault: resetAfterDeciding, problem: "network" },
  "a body cut in the middle": { fault: cutInTheMiddle, problem: "network" },
  "a captive portal's 200 HTML": {
    fault: answering("<html>Accept our terms</html>", { headers: html }),
    problem: "bad-answer",
  },
  "a proxy's 403 HTML": {
    fault: answering("<h1>Forbidden</h1>", { status: 403, headers: html }),
    problem: "bad-answer",
  },
  "a proxy's 401 HTML": {
    fault: answering("<h1>Log in</h1>", { status: 401, headers: html }),
    problem: "bad-answer",
  },
  "a gateway's 502 HTML": {
    fault: answering("<h1>Oops</h1>", { status: 502, headers: html }),
    problem: "unavailable",
  },
  "JSON that is not ours": { fault: answering('{"status":"ok"}', { headers: json }), problem: "bad-answer" },
  "a 401 with somebody else's JSON": {
    fault: answering('{"code":401,"message":"Unauthorized"}', { status: 401, headers: json }),
    problem: "bad-answer",
  },
  "an empty body": { fault: answering("", { headers: json }), problem: "bad-answer" },
  "a redirect to a login page": {
    fault: answering(null, { status: 302, headers: { location: "/other" } }),
    problem: "network",
  },
  // The first one Chromium keeps to itself, and sends the request again.
  "a 408": { fault: answering("", { status: 408 }), problem: "unavailable" },
  "a 409": { fault: answering("", { status: 409 }), problem: "conflict" },
};

for (const [name, { fault, problem }] of Object.entries(rows)) {
  test(`L4, scenario 18: ${name} is transient: the session is kept and recovers by itself`, async ({
    world,
  }) => {
    const { backend, openSignedIn } = await world({ lifetimeSeconds: 2 });
    const tab = await openSignedIn();
    backend.intercept("/session/refresh", fault);
    await expect.poll(() => tab.status(), { intervals: [20] }).toBe(`authenticated as ann (${problem})`);
    backend.clear("/session/refresh");
    await expect.poll(() => tab.status()).toBe("authenticated as ann");
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
    const seen = await tab.eval(() => window.changes.map(({ status }) => status));
    expect(seen.slice(seen.indexOf("authenticated"))).not.toContain("unauthenticated");
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
    expect(backend.eventsOf("session-ended")).toEqual([]);
  });
}

test("L4, scenario 18: an edge's 429 without CORS headers is transient", async ({ world }) => {
  const { backend, openSignedIn, openForeignServer } = await world();
  const edge = await openForeignServer();
  const tab = await openSignedIn();
  // Same cookies, another port: the endpoint of this session is across an origin, and its edge sends no CORS headers.
  const outcome = await tab.eval(
    async (origin) => {
      await window.session.signOut();
      const session = window.newSession({ endpoint: `${origin}/session`, namespace: "edge" });
      const grant = {
        access_token: "none",
        token_type: "Bearer",
        expires_in: 60,
        session: { id: "edge", version: 1 },
      };
      await session.signIn(() => ({ ...grant, user: { id: "ann" } }));
      const refreshed = await window.outcome(session.refresh());
      const { status } = session.getSnapshot();
      session.dispose();
      return { refreshed, status };
    },
    backend.origin.replace("localhost", "127.0.0.1"),
  );
  expect(outcome).toMatchObject({ refreshed: { ok: false, code: "network" }, status: "authenticated" });
  expect(edge.requests).toEqual([]);
});

const waitSeconds = 600;
const inSeconds = (): string => String(waitSeconds);
const asDate = (): string => new Date(Date.now() + waitSeconds * 1_000).toUTCString();

for (const [status, code] of [
  [429, "rate-limited"],
  [503, "unavailable"],
] as const) {
  for (const [form, retryAfter] of Object.entries({ seconds: inSeconds, "an HTTP-date": asDate })) {
    test(`L4, L10, scenario 17: a ${status} with Retry-After in ${form}, the token expired, is heeded by all tabs`, async ({
      world,
    }) => {
      const { backend, openSignedIn, openTabs } = await world();
      const stepped = { clockOffsetMs: 0 };
      const first = await openSignedIn("ann", stepped);
      const tabs = [first, ...(await openTabs(2, stepped))];
      for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
      backend.intercept(
        "/session/refresh",
        async () => {
          const headers = { "retry-after": retryAfter(), date: new Date().toUTCString() };
          return new Response("Slow down", { status, headers });
        },
        1,
      );
      expect(await first.refresh()).toMatchObject({ ok: false, code });
      const sent = backend.refreshes().length;

      /** Time passes in all tabs, and somebody looks at each of them. */
      const letPass = async (seconds: number): Promise<void> => {
        for (const tab of tabs) await tab.stepClock(seconds * 1_000);
        await together(tabs, () => void window.dispatchEvent(new Event("focus")));
      };
      // The token has expired then; and then the pause is all but over. A date has whole seconds.
      for (const seconds of [waitSeconds / 2, waitSeconds / 2 - 30]) {
        await letPass(seconds);
        for (const tab of tabs) {
          await expect.poll(() => tab.status()).toBe(`authenticated as ann (${code})`);
          const outcome = await tab.getAccessToken();
          expect(outcome).toMatchObject({ ok: false, code });
          expect(outcome.retryAfterMs).toBeGreaterThan(0);
        }
      }
      expect(backend.refreshes(), "asking for a token does not ask the server").toHaveLength(sent);
      // The pause itself has a jitter of a minute at most.
      await letPass(120);
      for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
      for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
      expect(backend.refreshes(), "one of the tabs tried again, for all").toHaveLength(sent + 1);
    });
  }
}

for (const [name, fault] of Object.entries({
  "answers 503": answering("", { status: 503 }),
  "cannot be reached": reset,
})) {
  test(`L4, scenario 20: a server that ${name} at page load is not a sign-out, and the tab recovers by itself`, async ({
    world,
  }) => {
    const { backend, openSignedIn, openTab } = await world();
    const first = await openSignedIn();
    await first.close();
    backend.intercept("/session/refresh", fault);
    const tab = await openTab();
    await expect.poll(() => tab.status()).toMatch(/^loading \((unavailable|network)\)$/);
    backend.clear("/session/refresh");
    await expect.poll(() => tab.status()).toBe("authenticated as ann");
    expect(await tab.eval(() => window.changes.map(({ status }) => status))).not.toContain("unauthenticated");
  });
}

test("L10, scenario 21: in an outage five tabs together follow one back-off", async ({ world }) => {
  const { backend, openSignedIn, openTabs } = await world({ lifetimeSeconds: 2 });
  const first = await openSignedIn();
  const tabs = [first, ...(await openTabs(4))];
  backend.intercept("/session/refresh", answering("", { status: 503 }));
  const before = backend.refreshes().length;
  await expect.poll(() => backend.refreshes().length - before, { timeout: 15_000 }).toBe(4);
  const times = backend
    .refreshes()
    .slice(before)
    .map(({ at }) => at);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  // Steps of 1, 2 and 4 s, of each at least the half.
  for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index);
  backend.clear("/session/refresh");
  for (const tab of tabs)
    await expect.poll(() => tab.status(), { timeout: 15_000 }).toBe("authenticated as ann");
  expect(backend.refreshes()).toHaveLength(before + 5);
});
