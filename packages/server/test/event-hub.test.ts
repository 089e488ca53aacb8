import { expect, test, vi } from "vitest";

import { resolveConfig } from "../src/config.js";
import { createDependencyGuard, guardStore } from "../src/dependency-guard.js";
import { createMemoryStore, type StoreListener } from "../src/index.js";
import { createEventHub } from "../src/push/event-hub.js";
import { fullRecord } from "./store-conformance.js";
import { ORIGIN, signingKey } from "./world.js";

type Stop = () => Promise<void>;

/** A hub on a store whose first watch is answered when the test says so. */
function createWaitingHub() {
  const memory = createMemoryStore();
  let answer: { resolve: (stop: Stop) => void; reject: (cause: Error) => void } | undefined;
  let watchers = 0;
  let mostWatchers = 0;

  function begin(): Stop {
    watchers += 1;
    mostWatchers = Math.max(mostWatchers, watchers);
    return async () => void (watchers -= 1);
  }

  const store = {
    ...memory,
    largestBatch: 1,
    readMany: async (ids: readonly string[]) => Promise.all(ids.map((id) => memory.read(id))),
    watch: (_: StoreListener) =>
      answer === undefined
        ? new Promise<Stop>((resolve, reject) => (answer = { resolve, reject }))
        : Promise.resolve(begin()),
  };
  const config = resolveConfig({ store, issuer: ORIGIN, audience: ORIGIN, signingKeys: [signingKey] });
  const hub = createEventHub(config, store);
  return {
    hub,
    /** Opens a stream of a session that lives. */
    open: (id: string) => {
      const record = fullRecord({ id, idleExpiresAt: Infinity, absoluteExpiresAt: Infinity });
      const subscriber = hub.subscribe(id, Infinity);
      return { ...subscriber, admitted: subscriber.admit(record) };
    },
    hear: () => answer?.resolve(begin()),
    refuse: () => answer?.reject(new Error("connection lost")),
    watchers: () => watchers,
    mostWatchers: () => mostWatchers,
  };
}

/** Lets so many turns of promises pass. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

const moments = Array.from({ length: 36 }, (_, moment) => [Math.floor(moment / 6), moment % 6] as const);

test.each(moments)(
  "watches the store once, and not for ever, if others ask (%i and %i turns later) while it refuses to be watched",
  async (second, third) => {
    const { hub, open, refuse, watchers, mostWatchers } = createWaitingHub();
    const first = open("first").admitted;
    const others = [second, third].map(async (count) => {
      await turns(count);
      await open(`after ${count}`).admitted;
    });
    refuse();
    await expect(first).rejects.toThrow("connection lost");
    await Promise.allSettled(others);
    await open("last").admitted;
    expect(mostWatchers()).toBe(1);
    hub.close();
    await vi.waitFor(() => expect(watchers()).toBe(0));
  },
);

test("watches the store again if the only stream ended before the store could be heard", async () => {
  const { hub, open, hear, watchers } = createWaitingHub();
  const first = open("first");
  first.end();
  hear();
  await first.admitted;
  await vi.waitFor(() => expect(watchers()).toBe(0));
  await open("second").admitted;
  expect(watchers()).toBe(1);
  hub.close();
});

test("lets go of a store that can be heard only when nobody waits for that any more", async () => {
  vi.useFakeTimers();
  try {
    let answer: ((stop: Stop) => void) | undefined;
    const stop = vi.fn<Stop>(async () => undefined);
    const watch = () => new Promise<Stop>((resolve) => (answer = resolve));
    const guard = createDependencyGuard(2000, async () => undefined, Date.now);
    const watching = guardStore({ ...createMemoryStore(), watch }, guard).watch(() => undefined);
    const caught = watching.catch((cause: unknown) => cause);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await caught).toMatchObject({ code: "temporarily_unavailable" });
    answer?.(stop);
    await vi.advanceTimersByTimeAsync(0);
    expect(stop).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});
