import { describe, expect, it } from "vitest";
import { createBrowserEntropy } from "../../src/adapters/browser-entropy.js";
import { createLockPresence } from "../../src/adapters/lock-presence.js";
import { createFakeLockManager } from "../support/fake-lock-manager.js";

describe("L10: chance from the platform", () => {
  it("rolls lie between 0 and 1, and spread", () => {
    const { roll } = createBrowserEntropy();
    const rolls = Array.from({ length: 10_000 }, roll);
    expect(rolls.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(rolls.map((value) => Math.floor(value * 10))).size).toBe(10);
  });

  it("tabs have names of their own, that locks, cookies and nonces can carry", async () => {
    const names = Array.from({ length: 10_000 }, () => createBrowserEntropy().tabId());
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,24}$/);
    const presence = createLockPresence("lockstep:tab:", createFakeLockManager());
    const peer = { tabId: names[0] ?? "", epoch: 1, revision: -1 };
    await presence.publish(peer);
    expect(await presence.peers()).toEqual([peer]);
  });
});
