import { describe, expect, it } from "vitest";
import { settle } from "@lockstep/testing";
import { describeConformance, presenceConformance } from "@lockstep/testing/conformance";
import { createLockPresence } from "../../src/adapters/lock-presence.js";
import { createFakeLockManager } from "../support/fake-lock-manager.js";
import { polluted } from "../support/polluted.js";
import { settleSlowly } from "../support/settle.js";

const prefix = "lockstep:tab:";
let count = 0;

describeConformance(
  { describe, it },
  "presence by lock names, by the specification",
  presenceConformance(() => {
    const locks = createFakeLockManager();
    return { tab: () => createLockPresence(prefix, locks), settle };
  }),
);

describeConformance(
  { describe, it },
  "presence by lock names of this platform",
  presenceConformance(() => {
    const own = `lockstep-${(count += 1)}:tab:`;
    return { tab: () => createLockPresence(own, navigator.locks), settle: settleSlowly };
  }),
);

async function holdForeign(locks: LockManager, ...names: readonly string[]): Promise<void> {
  for (const name of names) void locks.request(name, async () => new Promise<void>(() => undefined));
  await settle();
}

describe("R-008: locks of others are nobody's presence", () => {
  it("names of other scripts, other namespaces and rubbish are left out", async () => {
    const locks = createFakeLockManager();
    await createLockPresence(prefix, locks).publish({ tabId: "a", epoch: 1, revision: 0 });
    await createLockPresence("other:tab:", locks).publish({ tabId: "b", epoch: 1, revision: 0 });
    const rubbish = [
      "",
      "x",
      "x.1",
      "x.1.-2",
      "x.-1.1",
      "x.1.1.1",
      "x y.1.1",
      "x.1e3.1",
      "x.1.1 ",
      `${"x".repeat(65)}.1.1`,
    ];
    await holdForeign(
      locks,
      "lockstep:refresh",
      "",
      "lockstep",
      ...rubbish.map((name) => `${prefix}${name}`),
    );
    expect(await createLockPresence(prefix, locks).peers()).toEqual([{ tabId: "a", epoch: 1, revision: 0 }]);
  });

  it("a tab that queues for a lock of that name is not taken for one that holds it", async () => {
    const locks = createFakeLockManager();
    await holdForeign(locks, `${prefix}x.1.1`);
    void locks.request(`${prefix}x.1.1`, () => undefined);
    expect(await createLockPresence(prefix, locks).peers()).toHaveLength(1);
  });
});

describe("R-018: where the lock manager cannot tell, nobody is waited for", () => {
  const refusing = (): LockManager => {
    const refuse = async (): Promise<never> => {
      throw new DOMException("No.", "SecurityError");
    };
    return { request: refuse, query: refuse };
  };

  it.each([
    ["missing", () => undefined],
    ["refusing", refusing],
  ])("locks are %s: peers are unknown, publish resolves, withdraw does no harm", async (_, create) => {
    const presence = createLockPresence(prefix, create());
    await presence.publish({ tabId: "a", epoch: 1, revision: 0 });
    expect(await presence.peers()).toBeNull();
    presence.withdraw();
  });

  it("an answer without a list of what is held is no answer", async () => {
    const locks = { ...createFakeLockManager(), query: async () => ({}) } as LockManager;
    expect(await createLockPresence(prefix, locks).peers()).toBeNull();
  });

  it("a name that is refused after another was granted leaves nothing behind", async () => {
    const locks = createFakeLockManager();
    let refuses = false;
    const request = async (...args: readonly unknown[]): Promise<unknown> => {
      if (refuses) throw new DOMException("Not fully active.", "InvalidStateError");
      return (locks.request as (...all: readonly unknown[]) => Promise<unknown>)(...args);
    };
    const presence = createLockPresence(prefix, { ...locks, request });
    await presence.publish({ tabId: "a", epoch: 1, revision: 0 });
    refuses = true;
    await presence.publish({ tabId: "a", epoch: 1, revision: 1 });
    presence.withdraw();
    await settle();
    expect((await locks.query()).held).toEqual([]);
  });
});

describe("B2: a polluted Object.prototype makes nobody's presence a theft", () => {
  it("shared, and neither stolen nor only if available", async () => {
    const locks = createFakeLockManager();
    const presence = createLockPresence(prefix, locks);
    const members = { steal: true, ifAvailable: true, mode: "exclusive", signal: AbortSignal.abort() };
    const published = polluted(members, () => presence.publish({ tabId: "a", epoch: 1, revision: 0 }));
    await published;
    expect(locks.asked[0]?.options).toEqual({ mode: "shared", ifAvailable: false, steal: false });
  });
});
