/** Other scripts of the page and of the origin: polluted prototypes, forged, replayed and foreign messages. */
import { expect, signIn, test } from "../support/fixtures.js";

test("L8, attack B1: a polluted Object.prototype changes no request", async ({ world }) => {
  const { backend, openTab } = await world();
  const tab = await openTab();
  const outcome = await tab.eval(async () => {
    const pollution = {
      headers: { "x-evil": "1" },
      method: "DELETE",
      body: "evil",
      credentials: "omit",
      redirect: "follow",
      mode: "no-cors",
      cache: "force-cache",
      keepalive: false,
      signal: AbortSignal.abort(),
      referrerPolicy: "unsafe-url",
    };
    const polluted = async (): Promise<unknown> => {
      // The login call is the application's own, and made before.
      const login = await fetch("/login?user=ann", { method: "POST" });
      Object.assign(Object.prototype, pollution);
      try {
        await window.session.signIn(() => login);
        await window.session.refresh();
        const response = await window.session.fetch("/api/echo");
        const echo = (await response.json()) as { user: string; method: string };
        const { revoked } = await window.session.signOut();
        return `${echo.user} ${echo.method} ${revoked}`;
      } finally {
        for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key);
      }
    };
    return window.outcome(polluted());
  });
  expect(outcome).toMatchObject({ ok: true, value: "ann GET true" });
  const [refresh] = backend.refreshes();
  const [signOut] = backend.to("/session/sign-out");
  for (const request of [refresh, signOut]) {
    expect(request).toMatchObject({ method: "POST", hasCookie: true });
    expect(request?.status).toBeLessThan(300);
  }
  for (const { headerNames } of backend.requests) expect(headerNames).not.toContain("x-evil");
});

test("L7, attack B2: a polluted Object.prototype steals no lock", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const holder = await openSignedIn();
  const other = await openTab();
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  backend.intercept(
    "/session/refresh",
    async ({ decide }) => {
      await expect.poll(async () => (await other.inspected("lock-requested")).length).toBeGreaterThan(0);
      return decide();
    },
    1,
  );
  const refreshing = holder.refresh();
  await expect.poll(() => backend.refreshes()).toHaveLength(1);
  const outcome = await other.eval(async () => {
    const pollution = { steal: true, ifAvailable: true, mode: "shared", signal: AbortSignal.abort() };
    Object.assign(Object.prototype, pollution);
    try {
      return await window.outcome(window.session.refresh());
    } finally {
      for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key);
    }
  });
  expect(outcome.ok).toBe(true);
  expect((await refreshing).ok).toBe(true);
  expect(await holder.inspected("lock-stolen")).toEqual([]);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

/** Listens in as any script of the origin can, and sends what it likes. */
const eavesdrop = (): void => {
  const heard: unknown[] = [];
  const channel = new BroadcastChannel("lockstep");
  channel.addEventListener("message", ({ data }) => heard.push(data));
  Object.assign(window, { heard, say: (message: unknown) => channel.postMessage(message) });
};

interface Eavesdropper {
  readonly heard: Record<string, unknown>[];
  say(message: unknown): void;
}

test("L9, attack C2: forged tokens are not taken", async ({ world }) => {
  const { openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  const attacker = await openTab({ session: { namespace: "another" } });
  await attacker.eval(eavesdrop);
  const before = await tab.getAccessToken();
  await tab.refresh();
  const genuine = await tab.getAccessToken();
  expect(genuine.value).not.toBe(before.value);
  await attacker.page.waitForFunction(() =>
    (window as unknown as Eavesdropper).heard.some(({ kind }) => kind === "token"),
  );
  await attacker.eval(() => {
    const { heard, say } = window as unknown as Eavesdropper;
    const real = heard.findLast(({ kind }) => kind === "token");
    const encode = (value: unknown): string => btoa(JSON.stringify(value)).replaceAll("=", "");
    const token = `${encode({ alg: "none" })}.${encode({ sub: "mallory", exp: 9_999_999_999 })}.x`;
    const forged = { ...real, from: "evil", token, user: { id: "mallory" } };
    say({ ...forged, revision: 99 });
    say({ ...forged, sessionId: "of-the-attacker", revision: 99 });
    say({ ...forged, epoch: 99, revision: 99 });
    say({ ...forged, revision: 3 });
    say({ ...forged, revision: 2 });
    say({ v: 1, from: "evil", kind: "changed", epoch: 1 });
  });
  await expect.poll(async () => (await tab.inspected("message-ignored")).length).toBeGreaterThan(0);
  // The word of an epoch to come is enough to ask the server once more; what it answers is ann's.
  const held = await tab.getAccessToken();
  const [, payload = ""] = String(held.value).split(".");
  expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ sub: "ann" });
  expect(await tab.status()).toBe("authenticated as ann");
});

test("L3, attacks C3, C4: an old token message is not taken: not after a newer one, not after sign-out", async ({
  world,
}) => {
  const { openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  const attacker = await openTab({ session: { namespace: "another" } });
  await attacker.eval(eavesdrop);
  const replay = async (): Promise<void> => {
    const seen = (await tab.inspected("transition")).length;
    await attacker.eval(() => {
      const { heard, say } = window as unknown as Eavesdropper;
      for (const message of heard.filter(({ kind }) => kind === "token")) say({ ...message, from: "evil" });
    });
    await expect.poll(async () => (await tab.inspected("transition")).length).toBeGreaterThan(seen);
  };
  await tab.refresh();
  await tab.refresh();
  await attacker.page.waitForFunction(
    () => (window as unknown as Eavesdropper).heard.filter(({ kind }) => kind === "token").length === 2,
  );
  const newest = await tab.getAccessToken();
  await replay();
  expect(await tab.getAccessToken()).toEqual(newest);
  await tab.eval(async () => void (await window.session.signOut()));
  await replay();
  expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated", reason: "signed-out" });
  await signIn(tab, "bob");
  await replay();
  expect(await tab.status()).toBe("authenticated as bob");
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "bob" });
});

test("L9, attacks B3, C1, C13, C14: rubbish, other versions and a flood of messages change nothing", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  const attacker = await openTab({ session: { namespace: "another" } });
  await attacker.eval(eavesdrop);
  const before = await tab.getAccessToken();
  await attacker.eval(() => {
    const { say } = window as unknown as Eavesdropper;
    const own = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    ) as object;
    const rubbish = [
      null,
      1,
      "logout",
      [],
      {},
      own,
      { v: 2, from: "next", kind: "logout" },
      { v: 1, kind: "token" },
    ];
    for (const message of rubbish) say(message);
    say({ v: 1, from: "evil", kind: "logout" });
    for (let count = 0; count < 2_000; count += 1) say({ v: 1, from: "evil", kind: "changed", epoch: 1 });
    say({ v: 7, from: "last", kind: "changed", epoch: 1 });
  });
  await expect
    .poll(
      async () =>
        (await tab.inspected("message-ignored")).filter(({ why }) => why === "other-version").length,
    )
    .toBe(2);
  expect(await tab.getAccessToken()).toEqual(before);
  expect(await tab.status()).toBe("authenticated as ann");
  expect(await tab.eval(() => "polluted" in {})).toBe(false);
  expect(backend.refreshes()).toEqual([]);
  expect((await tab.inspected("message-ignored")).map(({ why }) => why)).toContain("malformed");
});

test("L5: what patches fetch after createSession does not see the token", async ({ world }) => {
  const { openSignedIn } = await world();
  const tab = await openSignedIn();
  const seen = await tab.eval(async () => {
    const seen: string[] = [];
    const original = window.fetch;
    window.fetch = (...sent) => {
      seen.push(new Request(...sent).url);
      return original(...sent);
    };
    await window.session.refresh();
    await window.session.fetch("/api/echo");
    window.fetch = original;
    return seen;
  });
  expect(seen).toEqual([]);
});
