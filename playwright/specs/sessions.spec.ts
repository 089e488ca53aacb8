/** a user sees their sessions on all devices, and ends one, the others or all; a new password ends the others. */
import type { SessionInfo } from "@lockstep/core";
import type { Engine } from "../support/engines.js";
import { holdAnswer } from "../support/faults.js";
import { expect, signIn, test, type Profile, type World } from "../support/fixtures.js";
import type { Backend, RequestRecord } from "../support/backend.js";
import type { Outcome } from "../support/page-globals.js";
import { unlistening, type Tab, type TabOptions } from "../support/tabs.js";

const iphone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/** Signs in on a device that is no browser of this test. */
async function startOnPhone({ origin, sessions }: Backend, userId = "ann"): Promise<string> {
  const headers = { origin, "user-agent": iphone };
  const answer = await sessions.start(new Request(`${origin}/login`, { method: "POST", headers }), {
    userId,
  });
  return ((await answer.json()) as { session: { id: string } }).session.id;
}

/** So many tabs of a profile in which ann has signed in. */
async function openAnns(profile: Profile, count: number, options?: TabOptions): Promise<Tab[]> {
  const tabs = [await profile.openSignedIn("ann", options), ...(await profile.openTabs(count - 1, options))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  return tabs;
}

/** Ann on two devices, each with two tabs. On the other one nobody listens to the server: it hears of an end with its next refresh. */
async function twoDevices(
  world: World,
  options?: TabOptions,
): Promise<{ here: [Tab, Tab]; there: [Tab, Tab]; thereContext: Profile["context"] }> {
  const device = await world.openDevice();
  const there = (await openAnns(device, 2, { ...options, ...unlistening })) as [Tab, Tab];
  const here = (await openAnns(world, 2, options)) as [Tab, Tab];
  return { here, there, thereContext: device.context };
}

const list = (tab: Tab): Promise<readonly SessionInfo[]> => tab.eval(() => window.session.sessions.list());

async function idOf(tab: Tab): Promise<string> {
  const snapshot = await tab.snapshot();
  return snapshot.status === "authenticated" ? (snapshot.sessionId ?? "") : "";
}

const revoke = (tab: Tab, id: string): Promise<Outcome> =>
  tab.eval((id) => window.outcome(window.session.sessions.revoke(id)), id);

/** What an API answers to the token that a tab has, sent by itself: nothing is refreshed, and nothing sent again. */
const statusOf = (tab: Tab, path: "/api/strict" | "/api/echo"): Promise<number> =>
  tab.eval(async (path) => {
    const headers = { authorization: `Bearer ${await window.session.getAccessToken()}` };
    return (await fetch(path, { headers })).status;
  }, path);

const revocations = ({ requests }: Backend): readonly RequestRecord[] =>
  requests.filter(({ method }) => method === "DELETE");

/** The access token of a session that is over goes on working until it runs out, but where the store is asked. */
async function expectRefusedByStore(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    expect(await tab.status()).toBe("authenticated as ann");
    expect(await statusOf(tab, "/api/strict")).toBe(401);
    expect(await statusOf(tab, "/api/echo")).toBe(200);
  }
}

/** One tab asks for its next token; that ends the session in all of them. */
async function expectEndedAtNextRefresh(
  { to }: Backend,
  tabs: readonly [Tab, ...Tab[]],
  reason: string,
): Promise<void> {
  const [first, ...others] = tabs;
  const asked = (): number =>
    to("/session/refresh").filter(({ tab }) => tabs.some(({ number }) => number === tab)).length;
  for (const tab of tabs) expect(await tab.status()).toBe("authenticated as ann");
  const before = asked();
  expect(await first.refresh()).toMatchObject({ ok: false, code: "unauthenticated", reason });
  for (const tab of others) {
    await expect.poll(() => tab.status()).toBe(`unauthenticated: ${reason}`);
    expect(await tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated", reason });
  }
  for (const tab of tabs) {
    expect(await tab.status()).toBe(`unauthenticated: ${reason}`);
    expect((await tab.inspected("signed-out")).map((event) => event.reason)).toEqual([reason]);
  }
  expect(asked(), "one tab has heard it from the server, the others from that one").toBe(before + 1);
}

/** The session goes on in these tabs, and none of them ever thought otherwise. */
async function expectUntouched(tabs: readonly Tab[], id: string): Promise<void> {
  for (const tab of tabs) {
    expect(await tab.status()).toBe("authenticated as ann");
    expect(await idOf(tab)).toBe(id);
    expect(await tab.inspected("signed-out")).toEqual([]);
    expect((await tab.refresh()).ok).toBe(true);
    expect(await statusOf(tab, "/api/strict")).toBe(200);
  }
}

/** How a browser is named that calls itself so. */
function nameOf(engine: Engine, userAgent: string): RegExp {
  const names = { chromium: "(?:Headless)?Chrom(?:e|ium)", firefox: "Firefox", webkit: "Safari" };
  const version = /(?:Chrome|Firefox|Version)\/(\d+)/.exec(userAgent)?.[1] ?? "";
  return new RegExp(`^${names[engine]} ${version}$`);
}

test("R-092: the list names every device of the user, the last used one first, and exactly one is this one", async ({
  engine,
  world: create,
}) => {
  const world = await create();
  const { backend, openDevice } = world;
  const phone = await startOnPhone(backend);
  const { here, there } = await twoDevices(world);
  await (await openDevice()).openSignedIn("bob");
  const [tab] = here;
  const browser = expect.stringMatching(nameOf(engine, await tab.eval(() => navigator.userAgent)));
  const desktop = { browser, os: "Linux", kind: "desktop" };
  const own = { id: await idOf(tab), device: desktop };
  const other = { id: await idOf(there[0]), device: desktop };
  const third = { id: phone, device: { browser: "Safari 18", os: "iOS", kind: "mobile" } };
  for (const asking of here)
    expect(await list(asking)).toMatchObject([
      { ...own, current: true },
      { ...other, current: false },
      { ...third, current: false },
    ]);
  for (const asking of there)
    expect(await list(asking)).toMatchObject([
      { ...own, current: false },
      { ...other, current: true },
      { ...third, current: false },
    ]);
  expect((await there[1].refresh()).ok).toBe(true);
  expect((await list(tab)).map(({ id }) => id)).toEqual([other.id, own.id, third.id]);
});

test("R-092, L9: a session revoked on another device is refused where the store is asked, and ends in its tabs at their next refresh", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const { here, there, thereContext } = await twoDevices(world);
  const [own, other] = [await idOf(here[0]), await idOf(there[0])];
  expect(await revoke(here[0], other)).toMatchObject({ ok: true });
  expect(backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["revoked"]);
  await expectRefusedByStore(there);
  await expectEndedAtNextRefresh(backend, there, "revoked");
  expect((await thereContext.cookies()).map(({ name }) => name)).not.toContain("__Host-lockstep");
  await there[0].page.reload();
  await there[0].page.waitForFunction(() => window.loaded === true);
  expect(await there[0].status()).toBe("unauthenticated: revoked");
  await expectUntouched(here, own);
  expect((await list(here[1])).map(({ id }) => id)).toEqual([own]);
  expect(await revoke(here[1], other), "over already is no error").toMatchObject({ ok: true });
});

test("R-092, L9: an API that refuses a revoked session's token has its tabs ask once, and all of them signed out", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const { here, there } = await twoDevices(world, { clockOffsetMs: 0 });
  // A young token that is refused is not refreshed.
  for (const tab of there) await tab.stepClock(25_000);
  expect(await revoke(here[0], await idOf(there[0]))).toMatchObject({ ok: true });
  const before = backend.refreshes().length;
  const [asking] = there;
  const refused = asking.eval(async () => (await window.session.fetch("/api/strict")).status);
  expect(await refused, "the API's own answer is the answer").toBe(401);
  for (const tab of there) await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
  expect(backend.refreshes()).toHaveLength(before + 1);
  await expectUntouched(here, await idOf(here[0]));
});

test("R-092, L4: a tab that nobody uses is signed out by the refresh that is due after its session was revoked", async ({
  world: create,
}) => {
  const world = await create({ lifetimeSeconds: 4 });
  const { backend } = world;
  const { here, there } = await twoDevices(world);
  expect(await revoke(here[0], await idOf(there[0]))).toMatchObject({ ok: true });
  for (const tab of there) await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
  for (const tab of here) expect(await tab.status()).toBe("authenticated as ann");
  expect(backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["revoked"]);
});

test("R-092: signing out the others leaves this session alone in its tabs, and ends the other devices'", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const { here, there } = await twoDevices(world);
  await startOnPhone(backend);
  const own = await idOf(here[0]);
  const signedOut = here[1].eval(() => window.outcome(window.session.signOut({ scope: "others" })));
  expect(await signedOut).toEqual({ ok: true, value: { revoked: true } });
  expect(backend.eventsOf("session-ended")).toHaveLength(2);
  await expectRefusedByStore(there);
  await expectUntouched(here, own);
  await expectEndedAtNextRefresh(backend, there, "signed-out-elsewhere");
  expect(await backend.sessions.listSessions("ann")).toMatchObject([{ id: own }]);
});

test("R-092, L3: signing out everywhere empties the tabs here at once, and ends every other device's session", async ({
  world: create,
}) => {
  const world = await create();
  const { backend, context } = world;
  const { here, there } = await twoDevices(world);
  await startOnPhone(backend);
  const bob = await startOnPhone(backend, "bob");
  const signedOut = here[0].eval(() => window.outcome(window.session.signOut({ scope: "all" })));
  expect(await signedOut).toEqual({ ok: true, value: { revoked: true } });
  expect(await here[0].status()).toBe("unauthenticated: signed-out");
  await expect.poll(() => here[1].status()).toBe("unauthenticated: signed-out-elsewhere");
  for (const tab of here) expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated" });
  expect((await context.cookies()).map(({ name }) => name)).not.toContain("__Host-lockstep");
  expect(await backend.sessions.listSessions("ann")).toEqual([]);
  expect(await backend.sessions.listSessions("bob")).toMatchObject([{ id: bob }]);
  await expectRefusedByStore(there);
  await expectEndedAtNextRefresh(backend, there, "signed-out-elsewhere");
  expect(backend.to("/session/sign-out")).toHaveLength(1);
});

test("R-092, L3: revoking the session one is in is a sign-out in all of its tabs, and in none of another device", async ({
  world: create,
}) => {
  const world = await create();
  const { backend, context, openTab } = world;
  const { here, there } = await twoDevices(world);
  const third = await openTab();
  await expect.poll(() => third.status()).toBe("authenticated as ann");
  const own = (await list(third)).find(({ current }) => current);
  expect(await revoke(third, own?.id ?? "")).toMatchObject({ ok: true });
  expect(await third.status()).toBe("unauthenticated: signed-out");
  for (const tab of here) await expect.poll(() => tab.status()).toBe("unauthenticated: signed-out-elsewhere");
  for (const tab of [third, ...here])
    expect(await tab.getAccessToken()).toMatchObject({ ok: false, code: "unauthenticated" });
  expect(backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["signed-out"]);
  expect(backend.to("/session/sign-out")).toHaveLength(1);
  expect(revocations(backend), "a sign-out, which also holds offline").toEqual([]);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain("__Host-lockstep");
  await expectUntouched(there, await idOf(there[0]));
});

type WithProofs = typeof window & { prompts: number; prove: (proof: object | null) => void };

/** The application's dialog, which the test answers. */
const prompting = (): void => {
  const page = window as WithProofs;
  const stepUp = (): Promise<object | null> => {
    page.prompts += 1;
    return new Promise((resolve) => (page.prove = resolve));
  };
  Object.assign(window, { prompts: 0, moreOptions: { stepUp } });
};

const promptsOf = (tab: Tab): Promise<number> => tab.eval(() => (window as WithProofs).prompts);

const prove = (tab: Tab, proof: object | null): Promise<void> =>
  tab.eval((given) => (window as WithProofs).prove(given), proof);

/** Starts a revocation in each tab, as somebody does who is asked for a proof only then. */
async function beginRevoking(tabs: readonly Tab[], ids: readonly string[]): Promise<void> {
  for (const [index, tab] of tabs.entries())
    await tab.eval((id) => {
      const revoked = window.outcome(window.session.sessions.revoke(id));
      Object.assign(window, { revoked });
    }, ids[index] ?? "");
}

const revokedIn = (tab: Tab): Promise<Outcome> =>
  tab.eval(() => (window as unknown as { revoked: Promise<Outcome> }).revoked);

/** Ann in two tabs, signed in five minutes ago, at a server that wants to know who she is before it revokes. */
async function longSignedIn(world: World): Promise<{ tabs: [Tab, Tab]; phones: [string, string] }> {
  const phones: [string, string] = [await startOnPhone(world.backend), await startOnPhone(world.backend)];
  const tabs = (await openAnns(world, 2, { before: prompting, clockOffsetMs: 0 })) as [Tab, Tab];
  world.backend.stepClock(310_000);
  for (const tab of tabs) await tab.stepClock(310_000);
  return { tabs, phones };
}

test("R-092, R-121, L12: where a revocation takes a recent proof, two tabs ask the user once, and then both revoke", async ({
  world: create,
}) => {
  const world = await create({ revocationMaxAgeSeconds: 300 });
  const { backend } = world;
  const { tabs, phones } = await longSignedIn(world);
  await beginRevoking(tabs, phones);
  await expect.poll(() => revocations(backend).map(({ status }) => status)).toEqual([401, 401]);
  const prompts = async (): Promise<readonly number[]> => Promise.all(tabs.map(promptsOf));
  const total = async (): Promise<number> => (await prompts()).reduce((sum, count) => sum + count);
  await expect.poll(total).toBe(1);
  expect(await backend.sessions.listSessions("ann"), "nothing is revoked before").toHaveLength(3);
  const asking = tabs[(await prompts()).indexOf(1)] ?? tabs[0];
  await prove(asking, { passkey: "right" });
  for (const tab of tabs) expect(await revokedIn(tab)).toMatchObject({ ok: true });
  expect(revocations(backend).map(({ status }) => status)).toEqual([401, 401, 204, 204]);
  expect(backend.to("/session/step-up")).toHaveLength(1);
  expect(await total()).toBe(1);
  expect(await list(asking)).toMatchObject([{ current: true }]);
  // Proved a moment ago: nobody is asked again.
  const next = await startOnPhone(backend);
  expect(await revoke(asking, next)).toMatchObject({ ok: true });
  expect(await total()).toBe(1);
  await expectUntouched(tabs, await idOf(asking));
});

test("R-092, R-121, L12: where ending all other sessions takes a recent proof, the user is asked once, and they end", async ({
  world: create,
}) => {
  const world = await create({ revocationMaxAgeSeconds: 300 });
  const { backend } = world;
  const { tabs } = await longSignedIn(world);
  const [tab] = tabs;
  await tab.eval(() => {
    const ended = window.outcome(window.session.signOut({ scope: "others" }));
    Object.assign(window, { ended });
  });
  await expect.poll(() => promptsOf(tab)).toBe(1);
  expect(await backend.sessions.listSessions("ann"), "nothing is revoked before").toHaveLength(3);
  await prove(tab, { passkey: "right" });
  expect(await tab.eval(() => (window as unknown as { ended: Promise<Outcome> }).ended)).toMatchObject({
    ok: true,
    value: { revoked: true },
  });
  expect(backend.to("/session/sign-out").map(({ status }) => status)).toEqual([401, 204]);
  expect(await list(tab)).toMatchObject([{ current: true }]);
  await expectUntouched(tabs, await idOf(tab));
});

test("R-092, L12: who will not prove who they are revokes nobody, and stays signed in", async ({
  world: create,
}) => {
  const world = await create({ revocationMaxAgeSeconds: 300 });
  const { backend } = world;
  const { tabs, phones } = await longSignedIn(world);
  const [tab] = tabs;
  await beginRevoking([tab], phones);
  await expect.poll(() => promptsOf(tab)).toBe(1);
  await prove(tab, null);
  expect(await revokedIn(tab)).toMatchObject({ ok: false, code: "step-up-cancelled" });
  expect(revocations(backend).map(({ status }) => status)).toEqual([401]);
  expect(await backend.sessions.listSessions("ann")).toHaveLength(3);
  await expectUntouched(tabs, await idOf(tab));
});

/** Changes the password with a real request, which the application runs as a sign-in. */
const changePassword = (tab: Tab): Promise<Outcome> =>
  tab.eval(() =>
    window.outcome(window.session.signIn(() => fetch("/password?user=ann", { method: "POST" }))),
  );

/** What the server says to whoever presents this cookie, the jar of another browser say. */
async function presentCookie({ origin, sessions }: Backend, cookie: string): Promise<object> {
  const response = await sessions.handler(
    new Request(`${origin}/session/refresh`, {
      method: "POST",
      headers: {
        origin,
        cookie: `__Host-lockstep=${cookie}`,
        "content-type": "application/json",
        "lockstep-protocol": "1",
      },
      body: JSON.stringify({ attempt: "of-somebody-who-kept-the-cookie" }),
    }),
  );
  return { status: response.status, body: (await response.json()) as unknown };
}

async function refreshTokenOf({ context }: Profile): Promise<string> {
  return (await context.cookies()).find(({ name }) => name === "__Host-lockstep")?.value ?? "";
}

for (const during of ["", " while a refresh is under way"]) {
  test(`R-091, R-092, L4, L9: a new password${during} costs the tabs of its own device nothing, and ends every other session`, async ({
    world: create,
  }) => {
    const world = await create();
    const { backend } = world;
    const device = await world.openDevice();
    const there = (await openAnns(device, 2, unlistening)) as [Tab, Tab];
    await startOnPhone(backend);
    const here = (await openAnns(world, 3)) as [Tab, Tab, Tab];
    const [changing, other] = here;
    const former = await idOf(changing);
    const otherToken = await refreshTokenOf(device);
    const shown = await Promise.all(here.map((tab) => tab.eval(() => window.changes.length)));

    let ownToken = await refreshTokenOf(world);
    if (during === "") expect(await changePassword(changing)).toMatchObject({ ok: true });
    else {
      const held = holdAnswer(backend);
      await other.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
      await held.reached;
      const changed = changePassword(changing);
      held.release();
      expect(await changed).toMatchObject({ ok: true });
      ownToken = [...backend.secrets.refreshTokens].at(-2) ?? "";
    }
    const accessTokens = [...backend.secrets.accessTokens];
    const renewed = await idOf(changing);
    expect(renewed).not.toBe(former);
    for (const [index, tab] of here.entries()) {
      await expect.poll(() => idOf(tab)).toBe(renewed);
      const seen = await tab.eval(
        (from) => window.changes.slice(from).map(({ status }) => status),
        shown[index],
      );
      expect(new Set(seen), "no other screen is shown in between").toEqual(new Set(["authenticated"]));
      expect(await tab.inspected("user-changed")).toEqual([]);
    }
    const strict = new Set<boolean>();
    for (const token of accessTokens) {
      const asking = new Request(`${backend.origin}/api`, { headers: { authorization: `Bearer ${token}` } });
      const check = await backend.sessions.verify(asking, { checkRevocation: true });
      expect(check.ok && check.session.sessionId).toBe(check.ok && renewed);
      strict.add(check.ok);
    }
    expect(strict, "of all tokens ever given the new session's alone is good").toEqual(
      new Set([true, false]),
    );
    await expectRefusedByStore(there);
    await expectUntouched(here, renewed);

    const ended = (reason: string): Record<string, unknown> => ({
      status: 401,
      body: { error: "session_ended", reason },
    });
    expect(await presentCookie(backend, otherToken)).toMatchObject(ended("revoked"));
    expect(await presentCookie(backend, ownToken)).toMatchObject(ended("signed-out"));
    await expectEndedAtNextRefresh(backend, there, "revoked");
    await expectUntouched(here, renewed);
    expect(await backend.sessions.listSessions("ann")).toMatchObject([{ id: renewed }]);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  });
}

test("R-092: a new password set where nobody is signed in ends every session of that user, and of no other", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const there = (await openAnns(await world.openDevice(), 2, unlistening)) as [Tab, Tab];
  const resetting = await world.openTab();
  await signIn(resetting, "bob");
  const status = resetting.eval(async () => (await fetch("/password?user=ann", { method: "POST" })).status);
  expect(await status).toBe(204);
  await expectRefusedByStore(there);
  await expectEndedAtNextRefresh(backend, there, "revoked");
  expect(await resetting.status()).toBe("authenticated as bob");
  expect((await resetting.refresh()).ok).toBe(true);
  expect(await backend.sessions.listSessions("ann")).toEqual([]);
});
