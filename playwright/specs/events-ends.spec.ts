/**
 * H6, L13: what the server decides reaches every tab of every device at once, by itself. The moment of the decision is the
 * server's; the tabs share its clock.
 */
import { expect, signIn, test, type Profile, type World } from "../support/fixtures.js";
import type { Backend, RequestRecord } from "../support/backend.js";
import { expectQueue, openListening, openStreams, report } from "../support/listening-tabs.js";
import type { Tab } from "../support/tabs.js";

/** A second is promised; these tabs share two cores with the rest of the world. */
const toldLimitMs = 5_000;

interface Device {
  readonly profile: Profile;
  readonly tabs: readonly Tab[];
}

type Watched = typeof window & { endedAt?: number };

/** Has each tab write down when it was signed out. */
async function watch(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs)
    await tab.eval(() => {
      window.session.inspect(({ type }) => {
        if (type === "signed-out") (window as Watched).endedAt = Date.now();
      });
    });
}

async function openDevice(world: World, profile: Profile): Promise<Device> {
  const tabs = await openListening(world.backend, profile);
  await watch(tabs);
  return { profile, tabs };
}

async function signInAgain({ backend }: World, { tabs }: Device): Promise<void> {
  const [first] = tabs as [Tab];
  await signIn(first);
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  await expect.poll(() => openStreams(backend, tabs)).toHaveLength(1);
  await expectQueue(first, tabs.length);
}

async function sessionIdOf(tab: Tab): Promise<string> {
  const snapshot = await tab.snapshot();
  return snapshot.status === "authenticated" ? (snapshot.sessionId ?? "") : "";
}

/** Does something that ends the session of these devices, and waits until each of their tabs knows why. */
async function expectEnd(
  { backend }: World,
  devices: readonly Device[],
  cause: string,
  { reason, act }: { readonly reason: string; readonly act: () => Promise<unknown> },
): Promise<void> {
  const tabs = devices.flatMap((device) => device.tabs);
  const { length: ended } = backend.eventsOf("session-ended");
  const { length: asked } = backend.requests;
  await act();
  for (const tab of tabs)
    await expect.poll(() => tab.status(), { message: cause }).toBe(`unauthenticated: ${reason}`);
  for (const tab of tabs)
    expect(await tab.getAccessToken(), cause).toMatchObject({ code: "unauthenticated", reason });
  expect(openStreams(backend, tabs), cause).toEqual([]);
  const isOfThese = ({ tab, path }: RequestRecord): boolean =>
    path.startsWith("/session/") && tabs.some(({ number }) => number === tab);
  expect(backend.requests.slice(asked).filter(isOfThese), `${cause}: nobody had to ask`).toEqual([]);
  const decidedAt = Math.min(
    ...backend
      .eventsOf("session-ended")
      .slice(ended)
      .map(({ at }) => at),
  );
  const times = await Promise.all(tabs.map((tab) => tab.eval(() => (window as Watched).endedAt ?? Infinity)));
  const lastMs = Math.max(...times) - decidedAt;
  report(`${cause}: from the decision to the last of ${tabs.length} tabs`, lastMs);
  expect(lastMs, cause).toBeLessThan(toldLimitMs);
}

async function expectUntouched(backend: Backend, tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    expect(await tab.status()).toBe("authenticated as ann");
    expect(await tab.inspected("signed-out")).toEqual([]);
  }
  expect(openStreams(backend, tabs)).toHaveLength(1);
}

/** Presents a refresh token as somebody does who has stolen it. */
async function present({ origin, sessions }: Backend, token: string): Promise<number> {
  const headers = {
    origin,
    cookie: `__Host-lockstep=${token}`,
    "content-type": "application/json",
    "lockstep-protocol": "1",
  };
  const body = JSON.stringify({ attempt: "of-a-thief-who-has-the-cookie" });
  return (await sessions.handler(new Request(`${origin}/session/refresh`, { method: "POST", headers, body })))
    .status;
}

interface Cause {
  readonly reason: string;
  /** `third`: where ann is signed in besides. */
  act(world: World, third: Tab): Promise<unknown>;
}

const causes: Readonly<Record<string, Cause>> = {
  "signs out of all other sessions on a third device": {
    reason: "signed-out-elsewhere",
    act: (_world, third) => third.eval(() => window.session.signOut({ scope: "others" })),
  },
  "has a new password, set on a third device": {
    reason: "revoked",
    act: (_world, third) =>
      third.eval(
        async () => void (await window.session.signIn(() => fetch("/password?user=ann", { method: "POST" }))),
      ),
  },
  "has all sessions revoked": {
    reason: "revoked",
    act: ({ backend }) => backend.sessions.revokeUser("ann"),
  },
};

for (const [name, { reason, act }] of Object.entries(causes))
  test(`H6, L13: who ${name} is signed out in all five tabs of both other devices at once, with the reason and no request`, async ({
    world: create,
  }) => {
    const world = await create();
    const third = await (await world.openDevice()).openSignedIn();
    const here = await openDevice(world, world);
    const there = await openDevice(world, await world.openDevice());
    await expectEnd(world, [here, there], `who ${name}`, { reason, act: () => act(world, third) });
    const { streams } = world.backend;
    const theirs = streams.filter(({ request }) => request.tab !== third.number);
    expect(theirs.map(({ said }) => said.split("event: ended").length - 1)).toEqual([1, 1]);
  });

test("H6, L13: who is thrown out of one device is so in all five of its tabs at once, and another device hears nothing", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const here = await openDevice(world, world);
  const there = await openDevice(world, await world.openDevice());
  const [first] = here.tabs as [Tab];
  const own = await sessionIdOf(first);
  await expectEnd(world, [here], "one session revoked", {
    reason: "revoked",
    act: () => backend.sessions.revokeSession(own),
  });
  await expectUntouched(backend, there.tabs);
  await signInAgain(world, here);
  const cookies = await here.profile.context.cookies();
  const stolen = cookies.find(({ name }) => name === "__Host-lockstep")?.value ?? "";
  expect((await first.refresh()).ok).toBe(true);
  await expectEnd(world, [here], "a stolen token used again", {
    reason: "reuse-detected",
    act: async () => expect(await present(backend, stolen)).toBe(401),
  });
  await expectUntouched(backend, there.tabs);
  expect(backend.streams.filter(({ said }) => said.includes("event:"))).toHaveLength(2);
});

function claimsOf(token: string | undefined): unknown {
  return JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString());
}

test("L13, L1: a change of the user's role reaches all five tabs at once, for one refresh between them", async ({
  world: create,
}) => {
  const world = await create();
  const { backend } = world;
  const tabs = await openListening(backend, world);
  const before = backend.refreshes().length;
  for (const tab of tabs)
    await tab.eval(() => {
      window.session.subscribe((snapshot) => {
        if ((snapshot as { user?: { name?: string } }).user?.name === "Renamed")
          Object.assign(window, { renamedAt: Date.now() });
      });
    });
  const decidedAt = Date.now();
  expect(
    await backend.sessions.userChanged("ann", {
      user: { id: "ann", name: "Renamed" },
      claims: { role: "reader" },
    }),
  ).toBe(1);
  for (const tab of tabs)
    await expect
      .poll(() => tab.snapshot())
      .toMatchObject({ status: "authenticated", user: { name: "Renamed" } });
  const times = await Promise.all(
    tabs.map((tab) => tab.eval(() => (window as unknown as { renamedAt: number }).renamedAt)),
  );
  const lastMs = Math.max(...times) - decidedAt;
  report("a change of the user: from the decision to the last of 5 tabs", lastMs);
  expect(lastMs).toBeLessThan(toldLimitMs);
  for (const tab of tabs)
    expect(claimsOf((await tab.getAccessToken()).value)).toMatchObject({ role: "reader" });
  expect(backend.refreshes()).toHaveLength(before + 1);
  expect(backend.streams.map(({ said }) => said.split("event: stale").length - 1)).toEqual([1]);
});
