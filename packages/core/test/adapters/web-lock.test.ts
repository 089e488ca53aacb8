import { afterEach, describe, expect, it, vi } from "vitest";
import { settle } from "@lockstep/testing";
import { describeConformance, lockConformance } from "@lockstep/testing/conformance";
import { createWebLock } from "../../src/adapters/web-lock.js";
import { createFakeLockManager } from "../support/fake-lock-manager.js";
import { polluted } from "../support/polluted.js";
import { settleSlowly } from "../support/settle.js";

const real = navigator.locks;
let count = 0;

describeConformance(
  { describe, it },
  "a web lock, by the specification",
  lockConformance(() => {
    const locks = createFakeLockManager();
    return { tab: () => createWebLock("lockstep:refresh", locks), settle };
  }),
);

describeConformance(
  { describe, it },
  "a web lock of this platform",
  lockConformance(() => {
    const name = `lockstep:${(count += 1)}`;
    return { tab: () => createWebLock(name, real), settle: settleSlowly };
  }),
);

function refusing(error: unknown): LockManager {
  const request = async (): Promise<never> => {
    throw error;
  };
  return { request, query: request };
}

const callbacks = () => ({
  granted: vi.fn<() => void>(),
  refused: vi.fn<() => void>(),
  stolen: vi.fn<() => void>(),
});

describe("R-018, C10: where there are no locks, the session is told and goes on", () => {
  it("locks are missing (insecure context)", () => {
    const heard = callbacks();
    createWebLock("a", undefined).request(false, heard);
    expect(heard.refused).toHaveBeenCalledExactlyOnceWith("missing");
  });

  it.each(["SecurityError", "InvalidStateError"])("the lock manager answers %s", async (name) => {
    const heard = callbacks();
    createWebLock("a", refusing(new DOMException("No.", name))).request(false, heard);
    await settle();
    expect(heard.refused).toHaveBeenCalledExactlyOnceWith(name);
    expect(heard.granted).not.toHaveBeenCalled();
    expect(heard.stolen).not.toHaveBeenCalled();
  });

  it("the lock manager rejects with something that is no error", async () => {
    const heard = callbacks();
    createWebLock("a", refusing("no")).request(false, heard);
    await settle();
    expect(heard.refused).toHaveBeenCalledExactlyOnceWith("unknown");
  });

  it("a refusal that comes after we left is not heard", async () => {
    const heard = callbacks();
    const lock = createWebLock("a", refusing(new DOMException("No.", "SecurityError")));
    lock.request(false, heard);
    lock.release();
    await settle();
    expect(heard.refused).not.toHaveBeenCalled();
  });
});

describe("B2: a polluted Object.prototype does not reach the options of a lock", () => {
  const members = { steal: true, ifAvailable: true, mode: "shared", signal: AbortSignal.abort() };

  it("what is asked for is unchanged, member by member", () => {
    const locks = createFakeLockManager();
    const lock = createWebLock("a", locks);
    polluted(members, () => lock.request(false, callbacks()));
    expect(locks.asked[0]?.options).toMatchObject({ mode: "exclusive", ifAvailable: false, steal: false });
    expect(locks.asked[0]?.options.signal?.aborted).toBe(false);
  });

  it("a theft takes no signal along, which the platform would refuse", async () => {
    const locks = createFakeLockManager();
    const heard = callbacks();
    const lock = createWebLock("a", locks);
    polluted(members, () => lock.request(true, heard));
    await settle();
    expect(heard.granted).toHaveBeenCalledOnce();
    expect(locks.asked[0]?.options).toEqual({ mode: "exclusive", ifAvailable: false, steal: true });
  });

  it("no holder of this platform's lock loses it", async () => {
    const name = `lockstep:${(count += 1)}`;
    const [holder, other] = [createWebLock(name, real), createWebLock(name, real)];
    const [held, heard] = [callbacks(), callbacks()];
    holder.request(false, held);
    await settleSlowly();
    polluted(members, () => other.request(false, heard));
    await settleSlowly();
    expect(held.stolen).not.toHaveBeenCalled();
    expect(heard.granted).not.toHaveBeenCalled();
    holder.release();
    await settleSlowly();
    expect(heard.granted).toHaveBeenCalledOnce();
    other.release();
  });
});

describe("L7: a web lock leaves no rejection unhandled", () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  afterEach(() => void process.off("unhandledRejection", note));

  it("not when stolen from, not when leaving the queue, not when refused", async () => {
    process.on("unhandledRejection", note);
    const name = `lockstep:${(count += 1)}`;
    const [a, b, c] = [createWebLock(name, real), createWebLock(name, real), createWebLock(name, real)];
    a.request(false, callbacks());
    b.request(false, callbacks());
    await settleSlowly();
    b.release();
    c.request(true, callbacks());
    a.release();
    createWebLock("-reserved", real).request(false, callbacks());
    await settleSlowly();
    c.release();
    await settleSlowly();
    expect(unhandled).toEqual([]);
  });
});
