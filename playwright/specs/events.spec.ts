/** how a browser asks for its event stream, what it does when it gets none, and what listening costs. */
import { answering } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { expectQueue, holderOf, listening, openListening, openStreams } from "../support/listening-tabs.js";
import type { Tab } from "../support/tabs.js";

const events = "/session/events";

/** New tokens, as they come with time: none of them is a reason to ask again. */
async function refreshTwice(tab: Tab): Promise<void> {
  for (let time = 0; time < 2; time += 1) expect((await tab.refresh()).ok).toBe(true);
}

test("R-140, L5: the stream is asked for with the cookie and a header that no form can send, and no token goes along", async ({
  world,
}) => {
  const { backend, ...profile } = await world();
  await openListening(backend, profile, 2);
  expect(backend.to(events)).toMatchObject([
    { method: "GET", search: "", hasCookie: true, hasAuthorization: false, status: 200 },
  ]);
  expect(backend.to(events)[0]?.headerNames).toContain("lockstep-protocol");
  const said = backend.streams.map(({ said }) => said).join("");
  for (const { text } of backend.secrets.pieces()) expect(said).not.toContain(text);
});

test("H1: of six tabs that listen over HTTP/1.1, which has six connections for all of them, each has its API call answered", async ({
  world,
}) => {
  const { backend, ...profile } = await world();
  const tabs = await openListening(backend, profile, 6);
  const answers = await Promise.all(tabs.map((tab) => tab.callApi()));
  expect(answers.map(({ value }) => value)).toEqual(tabs.map(() => ({ status: 200, user: "ann" })));
  expect(openStreams(backend)).toHaveLength(1);
});

test("H2, R-142: a stream that is refused once costs one refresh, and is open then", async ({ world }) => {
  const { backend, ...profile } = await world();
  backend.intercept(events, answering(null, { status: 401 }), 1);
  const tabs = await openListening(backend, profile, 3);
  expect(backend.to(events).map(({ status }) => status)).toEqual([401, 200]);
  expect(backend.refreshes()).toHaveLength(1);
  for (const tab of tabs) expect(await tab.inspected("signed-out")).toEqual([]);
});

test("H2, R-142: a stream that is always refused costs one refresh, is asked for twice, and signs nobody out", async ({
  world,
}) => {
  const { backend, ...profile } = await world();
  backend.intercept(events, answering(null, { status: 401 }));
  const first = await profile.openSignedIn("ann", listening);
  const tabs = [first, ...(await profile.openTabs(2, listening))];
  await expectQueue(first, 3);
  await expect.poll(() => backend.to(events).map(({ status }) => status)).toEqual([401, 401]);
  expect(backend.refreshes()).toHaveLength(1);
  await refreshTwice(first);
  for (const tab of tabs) expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(backend.to(events)).toHaveLength(2);
  expect(backend.refreshes()).toHaveLength(3);
});

test("R-142: a server that has no streams is asked once, by all five tabs together", async ({ world }) => {
  const { backend, ...profile } = await world();
  backend.intercept(events, answering(null, { status: 404 }));
  const first = await profile.openSignedIn("ann", listening);
  const tabs = [first, ...(await profile.openTabs(4, listening))];
  await expectQueue(first, 5);
  await expect.poll(() => backend.to(events).map(({ status }) => status)).toEqual([404]);
  await refreshTwice(first);
  for (const tab of tabs) {
    await tab.eval(() => void window.dispatchEvent(new Event("online")));
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  }
  expect(backend.to(events)).toHaveLength(1);
});

test("H4, R-142, R-144: after a restart of the server the stream comes back by itself, and tells of the change that it missed", async ({
  world,
}) => {
  const { backend, ...profile } = await world();
  const tabs = await openListening(backend, profile);
  await backend.setReachable(false);
  await expect.poll(() => openStreams(backend)).toEqual([]);
  await backend.sessions.userChanged("ann", { user: { id: "ann", name: "Renamed" } });
  for (const tab of tabs) expect(await tab.snapshot()).toMatchObject({ user: { name: "The ann" } });
  await backend.setReachable(true);
  for (const tab of tabs)
    await expect.poll(() => tab.snapshot()).toMatchObject({ user: { name: "Renamed" } });
  expect(backend.refreshes()).toHaveLength(1);
  expect(openStreams(backend)).toHaveLength(1);
  await backend.sessions.revokeUser("ann");
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
});

test("H4: what a browser was told already it is not told again, since it says where it was", async ({
  world,
}) => {
  const { backend, ...profile } = await world();
  const [tab] = (await openListening(backend, profile, 1)) as [Tab];
  await backend.sessions.userChanged("ann", { user: { id: "ann", name: "Renamed" } });
  await expect.poll(() => tab.snapshot()).toMatchObject({ user: { name: "Renamed" } });
  backend.streams[0]?.end();
  await expect.poll(() => openStreams(backend)).toHaveLength(1);
  expect(backend.to(events).map(({ headerNames }) => headerNames.includes("last-event-id"))).toEqual([
    false,
    true,
  ]);
  await backend.sessions.revokeUser("ann");
  await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
  const told = backend.streams.map(({ said }) => said.match(/(?<=event: )\w+/g));
  expect(told).toEqual([["stale"], ["ended"]]);
  expect(backend.refreshes()).toHaveLength(1);
});

test("H4, L13: a revocation while the server cannot be reached is told after it", async ({ world }) => {
  const { backend, ...profile } = await world();
  const tabs = await openListening(backend, profile, 3);
  await backend.setReachable(false);
  await expect.poll(() => openStreams(backend)).toEqual([]);
  await backend.sessions.revokeUser("ann");
  await backend.setReachable(true);
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: revoked");
  expect(backend.refreshes(), "which gives the reason").toHaveLength(1);
});

interface Attempt {
  readonly eventSource: { readonly opened: boolean; readonly heard: number; readonly state: number };
  readonly withHeader: string;
  readonly simple: string;
}

test("H5: a page of another origin cannot listen with the user's cookies, though the browser sends them", async ({
  world,
}) => {
  const { backend, openForeignServer, ...profile } = await world();
  await openListening(backend, profile, 1);
  // Cookies know no ports: the browser itself shows them to a server on this host.
  const foreign = await openForeignServer({ allowed: true });
  const page = await profile.context.newPage();
  await page.goto(`${foreign.origin}/page`);
  const attempt = await page.evaluate(async (url): Promise<Attempt> => {
    const source = new EventSource(url, { withCredentials: true });
    let opened = false;
    let heard = 0;
    source.addEventListener("open", () => (opened = true));
    for (const type of ["message", "stale", "ended"]) source.addEventListener(type, () => (heard += 1));
    await new Promise((resolve) => source.addEventListener("error", resolve, { once: true }));
    const { readyState: state } = source;
    source.close();
    const ask = (init: RequestInit): Promise<string> =>
      fetch(url, { credentials: "include", ...init }).then(
        ({ status, type }) => `${status} ${type}`,
        (error: unknown) => (error as Error).name,
      );
    const withHeader = await ask({ headers: { "lockstep-protocol": "1", accept: "text/event-stream" } });
    return { eventSource: { opened, heard, state }, withHeader, simple: await ask({ mode: "no-cors" }) };
  }, backend.origin + events);
  expect(attempt).toEqual({
    eventSource: { opened: false, heard: 0, state: 2 },
    withHeader: "TypeError",
    // Not even as a thing that cannot be read: the answer is for its own origin.
    simple: "TypeError",
  });
  const foreigners = backend.requests.filter(({ path, tab }) => path === events && tab === null);
  expect(foreigners.map(({ method, hasCookie, status }) => [method, hasCookie, status])).toEqual([
    ["GET", true, 403],
    ["OPTIONS", false, expect.any(Number)],
    ["GET", true, 403],
  ]);
  expect(backend.streams, "that of the user's own tab").toHaveLength(1);
});

test("H8: listening, and listening again, does not put off the end of an idle session, which the stream tells", async ({
  world,
}) => {
  const minuteMs = 60_000;
  const { backend, ...profile } = await world({ idleSeconds: 1_800 });
  const tabs = await openListening(backend, profile, 3);
  for (const passed of [1, 2]) {
    backend.stepClock(14 * minuteMs);
    backend.streams.at(-1)?.end();
    await expect.poll(() => [backend.streams.length, openStreams(backend).length]).toEqual([passed + 1, 1]);
  }
  for (const tab of tabs) expect(await tab.status()).toBe("authenticated as ann");
  backend.stepClock(3 * minuteMs);
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("unauthenticated: idle");
  expect(backend.refreshes()).toEqual([]);
});

test("L10: a stream that opens, breaks and opens again tells subscribers nothing, and leaves the snapshot the same object", async ({
  world,
}) => {
  const { backend, ...profile } = await world();
  const tabs = await openListening(backend, profile, 2);
  const holder = holderOf(backend, tabs);
  for (const tab of tabs)
    await tab.eval(() => {
      const before = { snapshot: window.session.getSnapshot(), told: window.changes.length };
      Object.assign(window, { before });
    });
  backend.streams[0]?.end();
  await expect.poll(() => openStreams(backend)).toHaveLength(1);
  await expect
    .poll(async () => (await holder.inspected("listening")).map(({ isOpen }) => isOpen))
    .toEqual([true, false, true]);
  for (const tab of tabs) {
    const seen = await tab.eval(() => {
      const { before } = window as unknown as { before: { snapshot: unknown; told: number } };
      const { changes, session } = window;
      return { same: session.getSnapshot() === before.snapshot, told: changes.length - before.told };
    });
    expect(seen).toEqual({ same: true, told: 0 });
  }
  expect(backend.refreshes()).toEqual([]);
});
