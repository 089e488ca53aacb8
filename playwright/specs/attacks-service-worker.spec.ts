/**
 * Attack A6: a service worker of the application stands between the session and the network. On http://localhost, which is
 * a secure context: no engine lets a worker be registered behind a certificate that it was told to overlook.
 */
import type { World } from "../support/fixtures.js";
import { expect, signIn, test } from "../support/fixtures.js";
import { answering } from "../support/faults.js";
import type { Tab } from "../support/tabs.js";

const javascript = { "content-type": "text/javascript" };

/** Sends every request anew, as workers do that add a header or a log line. */
const passOn = "event.respondWith(fetch(new Request(event.request)));";

/** Builds a request of its own from the parts, and so forgets what the page said of redirects and of staying alive. */
const rebuild = `
  const { url, method, headers, mode, credentials } = event.request;
  if (mode === "navigate") return;
  event.respondWith((async () => {
    const body = method === "GET" ? undefined : await event.request.text();
    return fetch(url, { method, headers, credentials, body });
  })());
`;

/** Lets every page read the answer. */
const anyOrigin = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type, lockstep-protocol",
};

const loopback = { insecureHost: "localhost" };

/** A tab that the worker controls; the SDK has not started before it did. */
async function openBehindWorker({ backend, openTab }: World, handler: string): Promise<Tab> {
  const script = `
    addEventListener("install", () => skipWaiting());
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("fetch", (event) => { ${handler} });
  `;
  backend.intercept("/worker.js", answering(script, { headers: javascript }));
  const tab = await openTab();
  await tab.eval(async () => {
    const controlled = new Promise((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", resolve),
    );
    await navigator.serviceWorker.register("/worker.js");
    if (navigator.serviceWorker.controller === null) await controlled;
  });
  return tab;
}

for (const [name, handler] of Object.entries({ "passes on": passOn, "builds anew": rebuild })) {
  test(`L1, L2, attack A6: behind a service worker that ${name} every request a whole life works, and replays nothing`, async ({
    world: create,
  }) => {
    const world = await create(loopback);
    const { backend, openTab } = world;
    const tab = await openBehindWorker(world, handler);
    await signIn(tab);
    const other = await openTab();
    await expect.poll(() => other.status()).toBe("authenticated as ann");
    const outcomes = await Promise.all([tab.refresh(), other.refresh()]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
    for (const each of [tab, other])
      expect((await each.callApi()).value).toEqual({ status: 200, user: "ann" });
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
    await tab.eval(async () => void (await window.session.signOut()));
    await expect.poll(() => other.status()).toBe("unauthenticated: signed-out-elsewhere");
    expect(backend.eventsOf("session-ended")).toHaveLength(1);
  });

  test(`L4, L8, attack A6: a session endpoint that redirects elsewhere brings nothing back through a service worker that ${name} every request`, async ({
    world: create,
  }) => {
    const world = await create(loopback);
    const { backend } = world;
    const elsewhere = (await create(loopback)).backend;
    const grant = {
      access_token: "of-the-attacker",
      expires_in: 60,
      session: { id: "of-the-attacker", version: 99 },
      user: { id: "mallory" },
    };
    elsewhere.intercept("/session/refresh", answering(JSON.stringify(grant), { headers: anyOrigin }));
    const tab = await openBehindWorker(world, handler);
    await signIn(tab);
    const { value: token } = await tab.getAccessToken();
    const location = `${elsewhere.origin}/session/refresh`;
    backend.intercept("/session/refresh", answering(null, { status: 307, headers: { location } }), 1);
    expect(await tab.refresh()).toMatchObject({ ok: false, code: "network" });
    expect(await tab.status()).toBe("authenticated as ann (network)");
    expect((await tab.getAccessToken()).value).toBe(token);
    // What the worker sends by itself is the worker's; there is no secret of ours in it.
    for (const { hasAuthorization, hasCookie } of elsewhere.requests)
      expect({ hasAuthorization, hasCookie }).toEqual({ hasAuthorization: false, hasCookie: false });
    await expect.poll(async () => (await tab.refresh()).ok).toBe(true);
  });
}

test("L8, attack A6: along a redirect to elsewhere a service worker that passes requests on takes no token", async ({
  world: create,
}) => {
  const world = await create(loopback);
  const elsewhere = (await create(loopback)).backend;
  elsewhere.intercept("/landed", answering("{}", { headers: anyOrigin }));
  const tab = await openBehindWorker(world, passOn);
  await signIn(tab);
  const to = encodeURIComponent(`${elsewhere.origin}/landed`);
  await tab.eval(
    async (address) => void (await window.session.fetch(address)),
    `${world.backend.origin}/redirect?to=${to}`,
  );
  expect(world.backend.to("/redirect")[0]?.hasAuthorization).toBe(true);
  expect(elsewhere.to("/landed").map(({ hasAuthorization }) => hasAuthorization)).toEqual([false]);
});
