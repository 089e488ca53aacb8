/** L1: across all tabs at most one refresh is in flight, and one lifetime costs one refresh. */
import { holdAnswer, holdBody } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { together } from "../support/tabs.js";

const tenMinutesMs = 600_000;
/** Of tokens that none of fifty tabs, which take some time to open, replaces by itself. */
const long = { lifetimeSeconds: 300 };

for (const count of [20, 50]) {
  test(`L1, scenario 0: ${count} tabs restored at once cost one refresh, and all are signed in`, async ({
    world,
  }) => {
    const { backend, context, openSignedIn, openTabs } = await world(long);
    const first = await openSignedIn();
    await first.close();
    expect(backend.refreshes()).toHaveLength(0);

    const tabs = await openTabs(count, { idle: true });
    await together(tabs, async () => void (await window.session.ready()));

    expect(backend.refreshes()).toHaveLength(1);
    for (const tab of tabs) expect(await tab.status()).toBe("authenticated as ann");
    const tokens = new Set(
      (await Promise.all(tabs.map((tab) => tab.getAccessToken()))).map(({ value }) => value),
    );
    expect(tokens.size).toBe(1);
    const adopted = await Promise.all(tabs.map((tab) => tab.inspected("adopted")));
    expect(adopted.flat(), "all others hear of it").toHaveLength(count - 1);
    expect(backend.refreshes()).toHaveLength(1);
    expect(context.pages()).toHaveLength(count);
  });
}

test("L1, scenario 1: two tabs with the same expired token send one request", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const tabs = [await openSignedIn("ann", { clockOffsetMs: 0 }), await openTab({ clockOffsetMs: 0 })];
  expect(backend.refreshes()).toHaveLength(0);

  const outcomes = await together(tabs, async () => {
    window.clockOffsetMs += 600_000;
    return window.outcome(window.session.getAccessToken());
  });

  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
  expect(outcomes[0]?.value).toBe(outcomes[1]?.value);
  expect(backend.refreshes()).toHaveLength(1);
  for (const tab of tabs) expect(await tab.status()).toBe("authenticated as ann");
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

for (const count of [10, 50]) {
  test(`L1, scenario 2: ${count} tabs that wake together after sleep send one request`, async ({ world }) => {
    const { backend, openSignedIn, openTabs } = await world(long);
    const first = await openSignedIn("ann", { clockOffsetMs: 0 });
    const tabs = [first, ...(await openTabs(count - 1, { clockOffsetMs: 0 }))];
    await Promise.all(tabs.map((tab) => tab.eval(async () => void (await window.session.ready()))));
    const before = backend.refreshes().length;

    const outcomes = await together(tabs, async () => {
      window.clockOffsetMs += 600_000;
      document.dispatchEvent(new Event("visibilitychange"));
      return window.outcome(window.session.getAccessToken());
    });

    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(count);
    expect(new Set(outcomes.map(({ value }) => value)).size).toBe(1);
    expect(backend.refreshes()).toHaveLength(before + 1);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  });
}

test("L1: a new tab takes a sibling's token over, with no request", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn();
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  expect(await second.getAccessToken()).toEqual(await first.getAccessToken());
  expect(
    backend.requests.filter(({ path, tab }) => path.startsWith("/session") && tab === second.number),
  ).toEqual([]);
  expect(backend.refreshes()).toEqual([]);
  expect(await second.inspected("adopted")).toHaveLength(1);
});

test("L1, L5: with shareToken off each tab refreshes for itself, one after the other, and no message has a token", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const options = { session: { shareToken: false } };
  const listener = await openTab({ path: "/", session: { namespace: "another" } });
  await listener.eval(() => {
    const heard: unknown[] = [];
    new BroadcastChannel("lockstep").addEventListener("message", ({ data }) => heard.push(data));
    Object.assign(window, { heard });
  });
  const first = await openSignedIn("ann", options);
  const tabs = [first, await openTab(options), await openTab(options)];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  const tokens = await Promise.all(tabs.map((tab) => tab.getAccessToken()));
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(3);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
  const heard = await listener.eval(() => JSON.stringify((window as unknown as { heard: unknown[] }).heard));
  expect(heard).toContain("changed");
  for (const { value = "" } of tokens) expect(heard).not.toContain(value.slice(-20));
});

test("L1, attack C7: a tab opened during a refresh joins it", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn("ann", { clockOffsetMs: 0 });
  const held = holdAnswer(backend);
  await first.stepClock(tenMinutesMs);
  const waiting = first.getAccessToken();
  await held.reached;
  const second = await openTab({ clockOffsetMs: tenMinutesMs });
  await expect.poll(async () => (await second.inspected("lock-requested")).length).toBeGreaterThan(0);
  held.release();
  expect((await waiting).ok).toBe(true);
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  expect(backend.refreshes()).toHaveLength(1);
});

/** Messages arrive after the lock was granted, as they do now and then on a busy machine. */
const lateMessages = (): void => {
  const post = BroadcastChannel.prototype.postMessage;
  BroadcastChannel.prototype.postMessage = function late(this: BroadcastChannel, message: unknown) {
    setTimeout(() => post.call(this, message), 100);
  };
};

test("L1: a tab that asks when the new cookie is there, and its token still on the way, waits for that", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const options = { clockOffsetMs: 0, before: lateMessages };
  const first = await openSignedIn("ann", options);
  const second = await openTab(options);
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const version = (): Promise<string | undefined> =>
    second.eval(() => /-version=([^;]*)/.exec(document.cookie)?.[1]);
  const before = await version();
  const held = holdBody(backend);
  for (const tab of [first, second]) await tab.stepClock(tenMinutesMs);
  const waiting = first.getAccessToken();
  await held.reached;
  await expect.poll(version, { intervals: [20] }).not.toBe(before);
  const asked = second.getAccessToken();
  await expect
    .poll(async () => (await second.inspected("lock-requested")).length, { intervals: [20] })
    .toBeGreaterThan(0);
  held.release();
  expect((await asked).value).toBe((await waiting).value);
  expect((await asked).ok).toBe(true);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L1, scenario 9: calls with different demands are not served as one", async ({ world }) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", { clockOffsetMs: 0 });
  // Of a lifetime of a minute at most half can be asked for: from then on the two calls differ.
  await tab.stepClock(35_000);
  const [held, asked] = await tab.eval(() =>
    Promise.all([window.session.getAccessToken(), window.session.getAccessToken({ minValidity: 60_000 })]),
  );
  expect(held).not.toBe(asked);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L1: refresh() called everywhere at once is one request for each that came before the other's answer", async ({
  world,
}) => {
  const { backend, openSignedIn, openTabs } = await world();
  const first = await openSignedIn();
  const tabs = [first, ...(await openTabs(3))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  const outcomes = await together(tabs, async () => {
    const calls = Array.from({ length: 5 }, () => window.outcome(window.session.refresh()));
    return (await Promise.all(calls)).every(({ ok }) => ok);
  });
  expect(outcomes).toEqual([true, true, true, true]);
  expect(backend.refreshes()).toHaveLength(1);
});
