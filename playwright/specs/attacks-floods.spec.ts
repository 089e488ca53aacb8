/** Attack C14: more messages and more tabs than there are, told of by a script that wants the others to be busy. */
import { expect, test } from "../support/fixtures.js";

test("L10, attack C14: a flood of rumours, each of a later epoch, costs few requests and ends with itself", async ({
  world: create,
}) => {
  const world = await create();
  const first = await world.openSignedIn();
  const second = await world.openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  await second.eval(() => {
    const channel = new BroadcastChannel("lockstep");
    for (let epoch = 2; epoch < 2_000; epoch += 1)
      channel.postMessage({ v: 1, from: "evil", kind: "changed", epoch });
    channel.close();
  });
  for (const tab of [first, second])
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
  for (const tab of [first, second]) expect(await tab.status()).toBe("authenticated as ann");
  expect(world.backend.refreshes().length, "one question for all").toBeLessThanOrEqual(2);
});

test("L7, attack C14: forged presence of tabs that never answer costs a new tab a moment and a refresh, no more", async ({
  world: create,
}) => {
  const world = await create();
  const first = await world.openSignedIn();
  await first.eval(async () => {
    const held = Array.from(
      { length: 20 },
      (_, index) =>
        new Promise<void>((resolve) => {
          void navigator.locks.request(`lockstep:tab:evil${index}.1.99`, () => {
            resolve();
            return new Promise(() => undefined);
          });
        }),
    );
    await Promise.all(held);
  });
  const third = await world.openTab();
  await expect.poll(() => third.status()).toBe("authenticated as ann");
  expect((await third.callApi()).value).toEqual({ status: 200, user: "ann" });
  expect(world.backend.refreshes()).toHaveLength(1);
  expect(world.backend.eventsOf("reuse-detected")).toEqual([]);
});
