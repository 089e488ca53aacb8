/** Attacks B1, B4, B5: prototypes polluted or patched by other scripts of the page, and answers that would pollute them. */
import type { Interceptor } from "../support/backend.js";
import { expect, signIn, test } from "../support/fixtures.js";

test("L8, attack B1: a polluted Object.prototype changes neither a request nor its replay after a 401", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", { clockOffsetMs: 0 });
  // Young tokens are not replaced on a 401.
  await tab.stepClock(25_000);
  backend.refuseTokens();
  const outcome = await tab.eval(async () => {
    const pollution = {
      headers: { "x-evil": "1" },
      method: "DELETE",
      cache: "force-cache",
      referrerPolicy: "unsafe-url",
      redirect: "manual",
    };
    Object.assign(Object.prototype, pollution);
    try {
      return await window.outcome(
        window.session.fetch("/api/echo").then((response) => response.json() as Promise<unknown>),
      );
    } finally {
      for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key);
    }
  });
  expect(outcome).toMatchObject({ ok: true, value: { user: "ann", method: "GET" } });
  const calls = backend.to("/api/echo");
  expect(calls.map(({ method, status }) => `${method} ${status}`)).toEqual(["GET 401", "GET 200"]);
  for (const { headerNames } of backend.requests) expect(headerNames).not.toContain("x-evil");
});

test("L8, attack B1: options that a caller left out are not taken from a polluted Object.prototype", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn();
  const scopes: unknown[] = [];
  backend.intercept("/session/sign-out", async ({ request, decide }) => {
    scopes.push(await request.clone().json());
    return decide();
  });
  const outcomes = await tab.eval(async () => {
    const pollution = {
      signal: AbortSignal.abort(),
      minValidity: Number.NaN,
      scope: "all",
      endpoint: "https://evil.example/session",
      audience: ["https://evil.example"],
      namespace: "evil",
      shareToken: "yes",
      claims: 1,
    };
    Object.assign(Object.prototype, pollution);
    try {
      const bare = [window.session.getAccessToken(), window.session.getAccessToken({})];
      const other = window.newSession({});
      const adopted = other.getAccessToken();
      const outcomes = await Promise.all([...bare, adopted].map(window.outcome));
      other.dispose();
      await window.session.signOut({});
      return outcomes.map(({ ok, code, name }) => (ok ? "ok" : `${name} ${code}`));
    } finally {
      for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key);
    }
  });
  expect(outcomes).toEqual(["ok", "ok", "ok"]);
  expect(scopes).toEqual([{ scope: "this" }]);
});

/** The server's answer, with members that pollute whatever is merged with them without care. */
const poisoned: Interceptor = async ({ decide }) => {
  const response = await decide();
  const poison = '"__proto__":{"polluted":1,"shareToken":false},"constructor":{"prototype":{"polluted":1}},';
  const text = (await response.text()).replaceAll("{", `{${poison}`);
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return new Response(text, { status: response.status, headers });
};

test("L9, attack B4: JSON that would pollute a prototype pollutes none, neither here nor in the tab next door", async ({
  world,
}) => {
  const { backend, openTab } = await world();
  const tab = await openTab();
  const other = await openTab();
  backend.intercept("/login", poisoned);
  backend.intercept("/session/refresh", poisoned);
  await signIn(tab);
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  expect((await other.refresh()).ok).toBe(true);
  for (const each of [tab, other]) {
    const seen = await each.eval(() => {
      const snapshot = window.session.getSnapshot();
      const user = (snapshot.status === "authenticated" ? snapshot.user : {}) as Record<string, unknown>;
      const places = [{}, snapshot, user, [], () => undefined] as Record<string, unknown>[];
      return places.map((place) => String(place["polluted"]));
    });
    expect(new Set(seen)).toEqual(new Set(["undefined"]));
    expect((await each.callApi()).value).toEqual({ status: 200, user: "ann" });
  }
});

/** Runs in the page: wraps what every program uses, and counts the calls. */
const patchRealm = (): void => {
  const calls = { iterations: 0, continuations: 0 };
  const iterate = Array.prototype[Symbol.iterator];
  const continued = Promise.prototype.then;
  Object.assign(Array.prototype, {
    [Symbol.iterator](this: unknown[]) {
      calls.iterations += 1;
      return iterate.call(this);
    },
  });
  void Object.assign(Promise.prototype, {
    // oxlint-disable-next-line unicorn/no-thenable -- that is the attack
    then(this: Promise<unknown>, ...callbacks: Parameters<typeof continued>) {
      calls.continuations += 1;
      return continued.apply(this, callbacks);
    },
  });
  Object.assign(window, { calls });
};

// What passes through them includes the access token: a script that can patch them can as well call getAccessToken().
test("L7, attack B5: iterators and promises that another script patched after start-up break nothing", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  const other = await openTab();
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  for (const each of [tab, other]) await each.eval(patchRealm);
  expect((await tab.refresh()).ok).toBe(true);
  await expect
    .poll(async () => (await other.getAccessToken()).value)
    .toBe((await tab.getAccessToken()).value);
  expect((await other.callApi()).value).toEqual({ status: 200, user: "ann" });
  const calls = await tab.eval(() => (window as unknown as { calls: Record<string, number> }).calls);
  expect(Math.min(...Object.values(calls)), "the patches are in force").toBeGreaterThan(0);
  expect(backend.refreshes()).toHaveLength(1);
  await tab.eval(async () => void (await window.session.signOut()));
  await expect.poll(() => other.status()).toBe("unauthenticated: signed-out-elsewhere");
});
