import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Inspected } from "../../src/runtime/inspecting.js";
import { createFakeBrowser, type FakeBrowser, type FakeTab } from "@lockstep/testing";
import "../support/property.js";

const failures = ["network", "rate-limited", "unavailable", "bad-answer", "conflict", "refused"] as const;

/** What may happen to a browser with some tabs. */
const steps: Readonly<Record<string, (browser: FakeBrowser, tab: FakeTab) => unknown>> = {
  signIn: (browser, { runtime }) => runtime.signIn(() => browser.server.logIn("ada")).catch(() => undefined),
  switchUser: (browser, { runtime }) =>
    runtime.signIn(() => browser.server.logIn("bob")).catch(() => undefined),
  failToSignIn: (_, { runtime }) => runtime.signIn(() => ({ kind: "failed" })).catch(() => undefined),
  signOut: (_, { runtime }) => runtime.signOut("all").catch(() => undefined),
  refresh: (_, { runtime }) => runtime.refresh().catch(() => undefined),
  token: (_, { runtime }) => runtime.token(undefined).catch(() => undefined),
  hide: (_, { lifecycle }) => lifecycle.hide(),
  show: (_, { lifecycle }) => lifecycle.show(),
  freeze: (_, { lifecycle }) => lifecycle.emit({ type: "suspended", cause: "frozen" }),
  thaw: (_, { lifecycle }) => lifecycle.emit({ type: "woke", cause: "resumed" }),
  breakServer: (browser) =>
    void (browser.server.trouble = { code: failures[browser.server.refreshes.length % 6] ?? "network" }),
  silenceServer: (browser) => void (browser.server.trouble = "silence"),
  mendServer: (browser) => void (browser.server.trouble = null),
  loseCookies: (browser) => void (browser.register.mark = null),
  sleep: (browser) => browser.time.sleep(3_600_000),
  forge: (browser) => browser.channel.forge({ v: 1, from: "evil", kind: "token", token: "secret-forged" }),
};

const script = fc.array(
  fc.record({
    step: fc.constantFrom(...Object.keys(steps)),
    tab: fc.nat(2),
    passMs: fc.constantFrom(0, 60, 1_000, 30_000, 400_000),
  }),
  { maxLength: 12 },
);

/** All that inspectors of three tabs are shown while the script runs. */
async function play(script: readonly { step: string; tab: number; passMs: number }[]): Promise<Inspected[]> {
  const browser = createFakeBrowser();
  const tabs = [browser.openTab(), browser.openTab(), browser.openTab()];
  for (const { step, tab, passMs } of script) {
    const chosen = tabs[tab];
    if (chosen !== undefined) void steps[step]?.(browser, chosen);
    await browser.time.advance(passMs);
  }
  return tabs.flatMap(({ inspected }) => inspected);
}

/** Plain values only: there is no place for anything to hide. */
function isFlat(event: Inspected): boolean {
  return Object.values(event).every((value) => ["string", "number", "boolean"].includes(typeof value));
}

describe("L5, R-150: what an inspector sees", () => {
  it(
    "holds no token, no user and no nonce, whatever happens (fuzz, 300 histories of three tabs)",
    { timeout: 30_000 },
    async () => {
      const kinds = new Set<string>();
      await fc.assert(
        fc.asyncProperty(script, async (steps) => {
          const events = await play([{ step: "signIn", tab: 0, passMs: 1_000 }, ...steps]);
          for (const { type } of events) kinds.add(type);
          expect(events.filter((event) => !isFlat(event))).toEqual([]);
          expect(JSON.stringify(events)).not.toMatch(/secret|ada|bob|tab-\d-\d/);
        }),
        { numRuns: 300 },
      );
      // A walk that sees only the first room proves nothing.
      const expected = [
        "transition",
        "refreshed",
        "adopted",
        "signed-in",
        "signed-out",
        "user-changed",
        "backing-off",
        "message-ignored",
        "revocation-confirmed",
      ];
      expect([...kinds]).toEqual(expect.arrayContaining(expected));
    },
  );

  it("is frozen, and says which tab and when", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    expect(tab.inspected.length).toBeGreaterThan(3);
    for (const event of tab.inspected) {
      expect(Object.isFrozen(event)).toBe(true);
      expect(event.tab).toBe(tab.name);
      expect(event.at).toBeGreaterThanOrEqual(1_000);
    }
  });

  it("L6: comes when the new token can be had: a listener that asks for it is not given the former one", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    const given: (string | undefined)[] = [];
    runtime.inspect(({ type }) => {
      if (type === "refreshed") given.push(runtime.peek()?.token);
    });
    const before = runtime.peek()?.token;
    void runtime.refresh();
    await browser.time.advance(1_000);
    expect(given).toEqual([runtime.peek()?.token]);
    expect(given).not.toEqual([before]);
  });

  it("costs nothing while nobody looks: after unsubscribing nothing comes", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const heard = vi.fn<() => void>();
    runtime.inspect(heard)();
    await browser.time.advance(100);
    void runtime.signIn(() => browser.server.logIn("ada"));
    await browser.time.advance(1_000);
    expect(heard).not.toHaveBeenCalled();
  });

  it("Scenario 28: what the platform lacks is told to whoever looks from the start", async () => {
    const browser = createFakeBrowser();
    const tab = browser.openTab({
      ports: (_, degrade) => {
        degrade("context", "insecure");
        return {
          openChannel: () => {
            throw new DOMException("No channel.", "SecurityError");
          },
        };
      },
    });
    const degraded = tab.inspected.filter(({ type }) => type === "degraded");
    expect(degraded).toMatchObject([
      { port: "context", reason: "insecure" },
      { port: "channel", reason: "SecurityError" },
    ]);
  });
});

describe("A7: the token is in no snapshot", () => {
  it("neither in a member nor in a hidden one", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab();
    const snapshot = runtime.snapshot();
    expect(JSON.stringify(snapshot)).not.toContain("secret");
    for (const key of Reflect.ownKeys(snapshot))
      expect(String(Reflect.get(snapshot, key))).not.toContain("secret");
    expect(Object.isFrozen(snapshot)).toBe(true);
  });
});
