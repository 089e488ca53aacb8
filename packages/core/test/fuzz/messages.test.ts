import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeMessage } from "../../src/machine/wire.js";
import { createFakeBrowser, type FakeBrowser, type FakeTab } from "@lockstep/testing";
import { anyJson, anything, fuzzRuns, mutated } from "../support/property.js";

const id = fc.oneof(fc.constantFrom("tab-1", "tab-2", "x", ""), fc.string({ maxLength: 300 }));
const amount = fc.oneof(
  fc.nat(),
  fc.constantFrom(-1, 0.5, Infinity, Number.NaN, 2 ** 53, 1e300),
  fc.double(),
);

const message = fc.oneof(
  fc.record({ v: fc.constant(1), from: id, kind: fc.constant("changed"), epoch: fc.nat(3) }),
  fc.record({
    v: fc.constant(1),
    from: id,
    kind: fc.constant("ask"),
    to: fc.oneof(fc.constant(null), fc.array(id)),
  }),
  fc.record({ v: fc.constant(1), from: id, kind: fc.constant("none"), to: id }),
  fc.record({
    v: fc.constant(1),
    from: id,
    kind: fc.constant("token"),
    epoch: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2), amount),
    sessionId: fc.oneof({ weight: 4, arbitrary: fc.constant("session-1") }, id),
    // 2 stands for the next one.
    revision: fc.oneof({ weight: 4, arbitrary: fc.constant(2) }, fc.constantFrom(0, 1, 3), amount),
    token: fc.oneof(fc.constant("secret-forged"), fc.string()),
    lifetimeMs: fc.oneof(fc.constant(300_000), amount),
    ageMs: fc.oneof(fc.constant(0), amount),
    sentAtWall: fc.oneof(fc.constant(1_800_000_001_000), amount),
    user: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ id: "ada" }) },
      fc.constant({ id: "evil" }),
      anyJson,
    ),
    authTime: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, amount),
    acr: fc.oneof(fc.constant(null), fc.string()),
    expiresAt: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, amount),
  }),
);

const hostile = fc.oneof(message, mutated(message), anything, anyJson);

/** What no message may say of itself once it was read. */
function isWellFormed(value: unknown): boolean {
  const decoded = decodeMessage(value);
  if (typeof decoded === "string") return ["malformed", "other-version"].includes(decoded);
  if (decoded.from === "" || decoded.from.length > 256) return false;
  if (decoded.kind === "ask")
    return decoded.to === null || (Array.isArray(decoded.to) && decoded.to.length <= 16);
  if (decoded.kind !== "token") return true;
  const amounts = [decoded.epoch, decoded.revision, decoded.lifetimeMs, decoded.ageMs, decoded.sentAtWall];
  return decoded.token !== "" && amounts.every((number) => Number.isFinite(number) && number >= 0);
}

/** As a channel hands it over; what cannot be cloned cannot be posted. */
function clone(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}

describe(`R-050, R-052: fuzz of channel messages, ${fuzzRuns} cases each`, { timeout: 60_000 }, () => {
  it("decodeMessage takes anything, throws nothing, and lets through only what has a message's shape", () => {
    let read = 0;
    fc.assert(
      fc.property(hostile, (value) => {
        if (typeof decodeMessage(value) !== "string") read += 1;
        expect(isWellFormed(value)).toBe(true);
      }),
    );
    // Rubbish only would prove nothing.
    expect(read).toBeGreaterThan(fuzzRuns / 20);
  });

  it("R-050: what is only inherited is not said", () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeMessage(Object.create(value) as unknown)).toBe("malformed");
      }),
    );
  });

  let browser: FakeBrowser;
  let tab: FakeTab;
  beforeAll(async () => {
    // An hour, so that nothing of the tab's own is due meanwhile.
    browser = createFakeBrowser({ lifetimeMs: 3_600_000 });
    tab = await browser.signedInTab("ada");
    // A server whose every answer is as new as the version cookie, which these tests move by hand.
    const identity = {
      sessionId: "session-1",
      user: { id: "ada" },
      subject: "ada",
      claims: { sub: "ada" },
      authTime: null,
      acr: null,
      expiresAt: null,
    };
    browser.server.script = () => {
      const { revision } = browser.register.mark as { readonly revision: number };
      const fresh = { token: "honest", revision, lifetimeMs: 3_600_000, identity };
      return { kind: "granted", fresh };
    };
  });
  afterAll(() => tab.runtime.dispose());

  /** Whether a token message names the session, epoch and user that the tab has, and the next revision. */
  function fits(data: unknown, next: number): boolean {
    const { sessionId, epoch, revision, user } = data as Readonly<Record<string, unknown>>;
    const who = (user as { readonly id?: unknown } | null)?.id;
    return sessionId === "session-1" && epoch === 1 && revision === next && who === "ada";
  }

  it("L3, L4, L9: a tab that hears them stays up and signed in, and takes over no token that does not fit", async () => {
    let adopted = 0;
    let withheld = 0;
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const data = clone(value);
        const held = tab.runtime.peek();
        const next = (held?.revision ?? 0) + 1;
        // Another tab has refreshed: there is a newer token, and the tab would take it.
        browser.register.mark = { sessionId: "session-1", revision: next };
        if (typeof data === "object" && data !== null && "revision" in data && data.revision === 2)
          data.revision = next;
        browser.channel.forge(data);
        await Promise.resolve();
        const now = tab.runtime.peek();
        if (now === null) {
          // The word of an epoch to come: nothing is handed out until the server has been asked.
          withheld += 1;
          await browser.time.advance(2_000);
          expect(tab.runtime.peek()?.token).toBe("honest");
        } else if (now !== held) {
          adopted += 1;
          expect(fits(data, next)).toBe(true);
        }
        expect(tab.runtime.snapshot()).toMatchObject({
          status: "authenticated",
          sessionId: "session-1",
          user: { id: "ada" },
        });
        tab.inspected.length = 0;
      }),
    );
    expect(adopted).toBeGreaterThan(0);
    expect(browser.channel.uncaught).toEqual([]);
    expect(browser.server.refreshes).toHaveLength(withheld);
    expect(browser.server.signOuts).toEqual([]);
    expect(browser.register.record).toMatchObject({ status: "in", sessionId: "session-1" });
  });
});
