import { beforeEach, describe, expect, it } from "vitest";
import type { Ports } from "../../src/runtime/ports.js";
import { createFakeBrowser, watch } from "@lockstep/testing";

/** A port that was used this often in vain is used in a circle. */
const failureLimit = 10_000;

let failures = 0;
beforeEach(() => void (failures = 0));

function fail(): never {
  failures += 1;
  // Lets a circle end, so that the test can say that there was one.
  if (failures > failureLimit) return undefined as never;
  throw new DOMException("No.", "SecurityError");
}

/** One port at a time that throws where it should not. */
const broken: Readonly<Record<string, (ports: Ports) => Partial<Ports>>> = {
  "request-lock": ({ lock }) => ({ lock: { ...lock, request: fail } }),
  "release-lock": ({ lock }) => ({ lock: { ...lock, release: fail } }),
  "publish-presence": ({ presence }) => ({ presence: { ...presence, publish: fail } }),
  "withdraw-presence": ({ presence }) => ({ presence: { ...presence, withdraw: fail } }),
  "read-peers": ({ presence }) => ({ presence: { ...presence, peers: fail } }),
  "write-record": ({ register }) => ({
    register: { ...register, read: () => register.read(), writeRecord: fail },
  }),
  "write-hold": ({ register }) => ({
    register: { ...register, read: () => register.read(), writeHold: fail },
  }),
  "arm-timer": ({ timers }) => ({
    timers: {
      ...timers,
      arm: (name, delayMs, fire) => (name.includes(":") ? timers.arm(name, delayMs, fire) : fail()),
    },
  }),
  "cancel-timer": ({ timers }) => ({
    timers: { ...timers, cancel: (name) => (name.includes(":") ? timers.cancel(name) : fail()) },
  }),
  "send-refresh": ({ transport }) => ({ transport: { ...transport, refresh: fail } }),
  "send-sign-out": ({ transport }) => ({ transport: { ...transport, signOut: fail } }),
  channel: ({ openChannel }) => ({ openChannel: (onMessage) => ({ ...openChannel(onMessage), post: fail }) }),
};

describe("Scenario 28, L7: a part of the platform that throws becomes an event, and the session goes on", () => {
  it.each(Object.keys(broken))("%s", async (port) => {
    const browser = createFakeBrowser();
    await browser.signedInTab();
    const tab = browser.openTab({ ports: broken[port] ?? (() => ({})) });
    await browser.time.advance(1_000);
    const refreshed = watch(tab.runtime.refresh());
    await browser.time.advance(60_000);
    tab.lifecycle.emit({ type: "suspended", cause: "frozen" }, { type: "woke", cause: "resumed" });
    const signedOut = watch(tab.runtime.signOut("this"));
    await browser.time.advance(125_000);
    expect(failures).toBeLessThan(failureLimit);
    expect(refreshed.outcome.status).not.toBe("pending");
    expect(signedOut.outcome.status).toBe("resolved");
    expect(tab.runtime.snapshot()).toMatchObject({ status: "unauthenticated", reason: "signed-out" });
    const degraded = tab.inspected.filter((event) => event.type === "degraded");
    expect(degraded).toContainEqual(expect.objectContaining({ port, reason: "SecurityError" }));
  });

  it("a channel that cannot be opened: the tab works alone, and says so", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada", { ports: () => ({ openChannel: fail }) });
    expect(tab.runtime.peek()).not.toBeNull();
    const refreshed = watch(tab.runtime.refresh());
    await browser.time.advance(1_000);
    expect(refreshed.outcome.status).toBe("resolved");
    expect(tab.inspected).toContainEqual(expect.objectContaining({ type: "degraded", port: "channel" }));
  });

  it("locks that are refused: it goes on without, and says so", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada", {
      ports: () => ({ lock: { request: (_, { refused }) => refused("missing"), release: () => undefined } }),
    });
    const refreshed = watch(tab.runtime.refresh());
    await browser.time.advance(1_000);
    expect(refreshed.outcome).toMatchObject({ status: "resolved", value: { revision: 2 } });
    expect(tab.inspected).toContainEqual(
      expect.objectContaining({ type: "degraded", port: "lock", reason: "missing" }),
    );
  });

  it("presence that cannot tell: others are asked, and not for long", async () => {
    const browser = createFakeBrowser();
    await browser.signedInTab();
    const blind = { publish: async () => undefined, withdraw: () => undefined, peers: async () => null };
    const tab = browser.openTab({ ports: () => ({ presence: blind }) });
    await browser.time.advance(500);
    expect(tab.runtime.peek()).not.toBeNull();
    expect(browser.server.refreshes).toEqual([]);
  });
});

describe("L7: events that raise events", () => {
  it("end: beyond a thousand in the queue the rest is dropped, and that is said", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    let flooding = true;
    tab.runtime.inspect(({ type }) => {
      if (!flooding || type !== "transition") return;
      flooding = false;
      for (let count = 0; count < 3_000; count += 1) tab.lifecycle.emit({ type: "woke", cause: "focused" });
    });
    tab.lifecycle.emit({ type: "woke", cause: "focused" });
    expect(tab.inspected).toContainEqual(
      expect.objectContaining({ type: "degraded", port: "loop", reason: "overflow" }),
    );
    await browser.time.advance(100);
    expect(tab.runtime.peek()).not.toBeNull();
  });

  it("C14: a flood of messages costs no request and changes nothing", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    const before = tab.runtime.snapshot();
    for (let count = 0; count < 5_000; count += 1)
      browser.channel.forge({ v: 1, from: `x${count}`, kind: "changed", epoch: 1 });
    await browser.time.advance(100);
    expect(tab.runtime.snapshot()).toBe(before);
    expect(browser.server.refreshes).toEqual([]);
  });
});
