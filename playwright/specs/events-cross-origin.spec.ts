/**
 * pages whose session server is on another origin listen all the same, by a `fetch` that brings the access token.
 * Another port, with cookies that the pages can read; and another host, with cookies that they cannot.
 */
import type { Backend, Interceptor } from "../support/backend.js";
import { hostsElsewhere, listenerAmong, openElsewhere } from "../support/elsewhere.js";
import { expect, test } from "../support/fixtures.js";
import {
  expectQueue,
  handOverLimitMs,
  longestOverlapMs,
  openStreams,
  overlapLimitMs,
} from "../support/listening-tabs.js";
import type { Tab } from "../support/tabs.js";

const events = "/session/events";
/** Of access tokens, where none may run out by itself. */
const lifetimeMs = 600_000;

const claimsOf = (token: string | undefined): unknown =>
  JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString());

const statusesOf = (server: Backend): unknown[] => server.to(events).map(({ status }) => status);

async function expectEnd(tabs: readonly Tab[], reason: string): Promise<void> {
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe(`unauthenticated: ${reason}`);
}

/** The server judges a token that it never gave. */
const withForeignToken =
  ({ sessions }: Backend): Interceptor =>
  ({ request }) => {
    const headers = new Headers(request.headers);
    headers.set("authorization", "Bearer of.another.server");
    return sessions.handler(new Request(request.url, { method: request.method, headers }));
  };

for (const [place, hosts] of Object.entries(hostsElsewhere)) {
  test(`R-140, R-141, L5: a session server on ${place} is asked for one stream by five tabs, with the token in its header and nowhere else`, async ({
    world,
  }) => {
    const { backend, sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const [first] = (await openListeningTabs(5)) as [Tab];
    const canRead = await first.eval(() => document.cookie.includes("lockstep-version="));
    expect(canRead, "the version cookie").toBe(hosts.pages === hosts.sessions);
    const asked = sessionServer.requests.filter(({ path }) => path === events);
    expect(asked).toMatchObject([
      { method: "OPTIONS", search: "", hasCookie: false, hasAuthorization: false, status: 204 },
      { method: "GET", search: "", hasCookie: true, hasAuthorization: true, subject: "ann", status: 200 },
    ]);
    expect(asked[1]?.headerNames).toContain("lockstep-protocol");
    expect(asked[1]?.headerNames).not.toContain("referer");
    expect(backend.requests.filter(({ path }) => path.startsWith("/session"))).toEqual([]);
    const said = sessionServer.streams.map((stream) => stream.said).join("");
    for (const { text } of sessionServer.secrets.pieces()) expect(said).not.toContain(text);
  });

  test(`R-140, L13: a revocation on ${place} reaches all five tabs at once, with the reason and no request`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const tabs = await openListeningTabs(5);
    const { length: asked } = sessionServer.requests;
    await sessionServer.sessions.revokeUser("ann");
    await expectEnd(tabs, "revoked");
    for (const tab of tabs)
      expect(await tab.getAccessToken()).toMatchObject({ code: "unauthenticated", reason: "revoked" });
    expect(openStreams(sessionServer)).toEqual([]);
    expect(sessionServer.requests.slice(asked), "nobody had to ask").toEqual([]);
  });

  test(`R-140, L1, L13: a change of the user on ${place} reaches all five tabs, for one refresh between them`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const tabs = await openListeningTabs(5);
    const { length: before } = sessionServer.to("/session/refresh");
    const change = { user: { id: "ann", name: "Renamed" }, claims: { role: "reader" } };
    expect(await sessionServer.sessions.userChanged("ann", change)).toBe(1);
    for (const tab of tabs)
      await expect.poll(() => tab.snapshot()).toMatchObject({ user: { name: "Renamed" } });
    for (const tab of tabs)
      expect(claimsOf((await tab.getAccessToken()).value)).toMatchObject({ role: "reader" });
    expect(sessionServer.to("/session/refresh")).toHaveLength(before + 1);
    expect(openStreams(sessionServer)).toHaveLength(1);
    expect(statusesOf(sessionServer)).toEqual([200]);
  });

  test(`R-140, R-142, H2: a token that has run out for the server on ${place} costs one refresh, and the stream is open then`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts, {
      lifetimeSeconds: lifetimeMs / 1_000,
    });
    const tabs = await openListeningTabs(3);
    const { length: before } = sessionServer.to("/session/refresh");
    sessionServer.stepClock(lifetimeMs + 60_000);
    sessionServer.streams[0]?.end();
    await expect.poll(() => statusesOf(sessionServer)).toEqual([200, 401, 200]);
    await expect.poll(() => openStreams(sessionServer)).toHaveLength(1);
    expect(sessionServer.to("/session/refresh")).toHaveLength(before + 1);
    for (const tab of tabs) expect(await tab.inspected("signed-out")).toEqual([]);
    await sessionServer.sessions.revokeUser("ann");
    await expectEnd(tabs, "revoked");
    expect(statusesOf(sessionServer), "that was all").toEqual([200, 401, 200]);
  });

  test(`R-140, R-142, H2: whose token is always refused on ${place} asks twice, refreshes once, and stays signed in`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const tabs = await openListeningTabs(3);
    const { length: before } = sessionServer.to("/session/refresh");
    sessionServer.intercept(events, withForeignToken(sessionServer));
    sessionServer.streams[0]?.end();
    await expect.poll(() => statusesOf(sessionServer)).toEqual([200, 401, 401]);
    expect(sessionServer.to("/session/refresh")).toHaveLength(before + 1);
    // New tokens, as they come with time: none of them is a reason to ask again.
    for (const tab of tabs) expect((await tab.refresh()).ok).toBe(true);
    for (const tab of tabs) expect(await tab.status()).toBe("authenticated as ann");
    expect(statusesOf(sessionServer)).toEqual([200, 401, 401]);
  });

  test(`R-140, H4: what a browser was told by the server on ${place} it is not told again, since it says where it was`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const tabs = await openListeningTabs(2);
    await sessionServer.sessions.userChanged("ann", { user: { id: "ann", name: "Renamed" } });
    for (const tab of tabs)
      await expect.poll(() => tab.snapshot()).toMatchObject({ user: { name: "Renamed" } });
    const { length: before } = sessionServer.to("/session/refresh");
    sessionServer.streams[0]?.end();
    await expect.poll(() => openStreams(sessionServer)).toHaveLength(1);
    const brought = sessionServer.to(events).map(({ headerNames }) => headerNames.includes("last-event-id"));
    expect(brought).toEqual([false, true]);
    await sessionServer.sessions.revokeUser("ann");
    await expectEnd(tabs, "revoked");
    const told = sessionServer.streams.map(({ said }) => said.match(/(?<=event: )\w+/g));
    expect(told).toEqual([["stale"], ["ended"]]);
    expect(sessionServer.to("/session/refresh")).toHaveLength(before);
  });

  test(`R-140, R-141, H3: another tab has the stream of the server on ${place} at once when its tab is closed`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const tabs = await openListeningTabs(3);
    const holder = await listenerAmong(tabs);
    const others = tabs.filter((tab) => tab !== holder);
    await holder.close();
    await expect
      .poll(() => sessionServer.streams.map(({ endedAt }) => endedAt === null))
      .toEqual([false, true]);
    const [before, after] = sessionServer.streams;
    const gapMs = (after?.openedAt ?? Infinity) - (before?.endedAt ?? Infinity);
    expect(gapMs).toBeLessThan(handOverLimitMs);
    expect(longestOverlapMs(sessionServer.streams), "never two, beyond a moment").toBeLessThan(
      overlapLimitMs,
    );
    await listenerAmong(others);
    await expectQueue(others[0] as Tab, 2);
    await sessionServer.sessions.revokeUser("ann");
    await expectEnd(others, "revoked");
  });

  test(`R-140, H4, L13: a revocation while the server on ${place} cannot be reached is told after it, by one refresh`, async ({
    world,
  }) => {
    const { sessionServer, openListeningTabs } = await openElsewhere(world, hosts);
    const tabs = await openListeningTabs(3);
    await sessionServer.setReachable(false);
    await expect.poll(() => openStreams(sessionServer)).toEqual([]);
    await sessionServer.sessions.revokeUser("ann");
    const { length: before } = sessionServer.to("/session/refresh");
    await sessionServer.setReachable(true);
    await expectEnd(tabs, "revoked");
    expect(sessionServer.to("/session/refresh"), "which gives the reason").toHaveLength(before + 1);
  });
}
