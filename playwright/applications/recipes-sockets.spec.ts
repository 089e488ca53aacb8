/** Sockets with their recipes: the token is fresh when they connect, renewed while they are open, and gone with the user. */
import { signIn } from "../support/fixtures.js";
import { findSecrets } from "../support/taint.js";
import type { Tab } from "../support/tabs.js";
import { expect, test } from "./recipes-world.js";

type Kind = keyof Window["recipes"]["sockets"];

const kinds: readonly Kind[] = ["socket.io", "WebSocket"];

declare global {
  interface Window {
    heard: string[];
  }
}

function connect(tab: Tab, kind: Kind, { origin }: { readonly origin: string }): Promise<void> {
  return tab.eval(
    ({ kind, origin }) => {
      window.heard = [];
      window.recipes.sockets[kind](window.session, origin, window.heard);
    },
    { kind, origin },
  );
}

for (const kind of kinds) {
  test(`L5, L6: ${kind}: a fresh token is presented at connect, and stands in no URL`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openSignedIn("ann");
    await tab.stepClock(70_000);
    await connect(tab, kind, server);
    await expect.poll(() => server.accepted).toEqual(["ann"]);
    expect(world.backend.refreshes()).toHaveLength(1);
    expect([...new Set(server.presented)]).toEqual([[...world.backend.secrets.accessTokens].at(-1)]);
    server.say("hello");
    await expect.poll(() => tab.eval(() => window.heard)).toEqual(["hello"]);
    expect(server.urls).not.toEqual([]);
    const urls = server.urls.map((text) => ({ name: "URL of a socket", text }));
    expect(findSecrets(urls, world.backend.secrets.pieces())).toEqual([]);
  });

  test(`${kind}: after a refresh the new token is presented in the open connection`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openSignedIn("ann");
    await connect(tab, kind, server);
    await expect.poll(() => server.accepted).toEqual(["ann"]);
    await tab.refresh();
    await expect.poll(() => server.presented).toEqual([...world.backend.secrets.accessTokens]);
    expect(server.presented).toHaveLength(2);
    expect([server.open, server.accepted]).toEqual([1, ["ann"]]);
  });

  test(`L1: ${kind}: a token that is refused at connect costs one refresh and one more try`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openSignedIn("ann");
    server.refuse("issued");
    await connect(tab, kind, server);
    await expect.poll(() => server.accepted).toEqual(["ann"]);
    expect(server.presented).toEqual([...world.backend.secrets.accessTokens]);
    expect(world.backend.refreshes()).toHaveLength(1);
  });

  test(`L10: ${kind}: a server that refuses everybody is asked once for each token, and costs one refresh`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openSignedIn("ann");
    server.refuse("all");
    await connect(tab, kind, server);
    await expect.poll(() => server.presented.length).toBe(2);
    await expect.poll(() => server.open).toBe(0);
    // A new token, for whatever reason, is presented too. By then a loop would have been round many times.
    await tab.refresh();
    await expect.poll(() => server.presented.length).toBe(3);
    await expect.poll(() => server.open).toBe(0);
    await tab.eval(async () => void (await window.session.signOut()));
    expect(server.presented).toEqual([...world.backend.secrets.accessTokens]);
    expect(world.backend.refreshes(), "the socket's and the test's").toHaveLength(2);
  });

  test(`L1: ${kind}: a connection that the server ends comes back with a new token`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openSignedIn("ann");
    await connect(tab, kind, server);
    await expect.poll(() => server.accepted).toEqual(["ann"]);
    server.hangUp();
    await expect.poll(() => server.accepted).toEqual(["ann", "ann"]);
    expect(world.backend.refreshes()).toHaveLength(1);
  });

  test(`${kind}: a connection that breaks comes back, with no refresh`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openSignedIn("ann");
    await connect(tab, kind, server);
    await expect.poll(() => server.accepted).toEqual(["ann"]);
    server.cut();
    await expect.poll(() => server.accepted).toEqual(["ann", "ann"]);
    expect(world.backend.refreshes()).toHaveLength(0);
  });

  test(`L3: ${kind}: a sign-out in another tab closes the connection, and a switch of users opens another`, async ({
    recipes,
    openSocketServer,
  }) => {
    const world = await recipes();
    const server = await openSocketServer(world);
    const tab = await world.openTab();
    await expect.poll(() => tab.status()).toBe("unauthenticated: no-session");
    await connect(tab, kind, server);
    await signIn(tab, "ann");
    await expect.poll(() => server.accepted).toEqual(["ann"]);
    expect(server.presented, "nothing was sent for nobody").toHaveLength(1);

    await signIn(tab, "bob");
    await expect.poll(() => server.accepted).toEqual(["ann", "bob"]);
    await expect.poll(() => server.open).toBe(1);

    const sibling = await world.openTab();
    await sibling.eval(async () => void (await window.session.signOut()));
    await expect.poll(() => server.open).toBe(0);
    expect(server.presented).toHaveLength(2);
  });
}
