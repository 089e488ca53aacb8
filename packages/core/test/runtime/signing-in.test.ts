import { describe, expect, it, vi } from "vitest";
import type { Inspected } from "../../src/runtime/inspecting.js";
import { createFakeBrowser, watch } from "@lockstep/testing";

/** The last phase of work that a tab was seen in. */
function phaseOf(inspected: readonly Inspected[]): string | undefined {
  return inspected.flatMap((event) => (event.type === "transition" ? [event.phase] : [])).at(-1);
}

describe("signIn: your login call, and a new epoch in every tab", () => {
  it("an answer with a grant signs in without a refresh, here and in the other tabs", async () => {
    const browser = createFakeBrowser();
    const other = browser.openTab();
    const tab = await browser.signedInTab("ada");
    await browser.time.advance(100);
    for (const { runtime } of [tab, other])
      expect(runtime.snapshot()).toMatchObject({ status: "authenticated", user: { id: "ada" } });
    expect(browser.server.refreshes).toEqual([]);
  });

  it("an answer that says nothing costs one refresh", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const signedIn = watch(
      runtime.signIn(() => {
        browser.server.logIn("ada");
        return { kind: "unknown" };
      }),
    );
    await browser.time.advance(5_000);
    expect(signedIn.outcome).toMatchObject({
      status: "resolved",
      value: { status: "authenticated", user: { id: "ada" } },
    });
    expect(browser.server.refreshes).toHaveLength(1);
  });

  it("an answer that is an error rejects, and the answer comes along unread", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const answer = { kind: "failed", status: 403 };
    const signedIn = watch(runtime.signIn(() => answer));
    await browser.time.advance(100);
    expect(signedIn.outcome).toMatchObject({
      error: { code: "sign-in-failed", status: 403, response: answer },
    });
    expect(runtime.snapshot().status).toBe("unauthenticated");
  });

  it.each([
    [
      "throws",
      (): never => {
        throw new Error("password field is empty");
      },
    ],
    [
      "rejects",
      async (): Promise<never> => {
        throw new Error("password field is empty");
      },
    ],
  ])("a call that %s: its own error, unchanged", async (_, call) => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    const signedIn = watch(runtime.signIn(call));
    await browser.time.advance(100);
    expect(signedIn.outcome).toMatchObject({
      status: "rejected",
      error: { message: "password field is empty" },
    });
    const again = watch(runtime.signIn(() => browser.server.logIn("ada")));
    await browser.time.advance(100);
    expect(again.outcome.status).toBe("resolved");
  });

  it("a failed attempt leaves who was signed in signed in", async () => {
    const browser = createFakeBrowser();
    const { runtime } = await browser.signedInTab("ada");
    const signedIn = watch(runtime.signIn(() => ({ kind: "failed" })));
    await browser.time.advance(100);
    expect(signedIn.outcome.status).toBe("rejected");
    expect(runtime.snapshot()).toMatchObject({ status: "authenticated", user: { id: "ada" } });
    expect(runtime.peek()).not.toBeNull();
  });

  it("R-055: another user takes over in every tab, with one change each", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada");
    const other = browser.openTab();
    await browser.time.advance(100);
    const changes = vi.fn<() => void>();
    other.runtime.subscribe(changes);
    const signedIn = tab.runtime.signIn(() => browser.server.logIn("bob"));
    await browser.time.advance(1_000);
    expect(await signedIn).toMatchObject({ user: { id: "bob" } });
    expect(other.runtime.snapshot()).toMatchObject({ user: { id: "bob" } });
    expect(changes).toHaveBeenCalledOnce();
    for (const { inspected } of [tab, other])
      expect(inspected.filter(({ type }) => type === "user-changed")).toHaveLength(1);
  });

  it("sign-in counts as activity", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab();
    expect(tab.activity.ageMs()).toBe(0);
  });
});

describe("L3: sign-out wins over a sign-in under way", () => {
  it.each(["the same tab", "another tab"])(
    "called in %s: the login is superseded, its session revoked, nobody signed in",
    async (where) => {
      const browser = createFakeBrowser();
      const tab = await browser.signedInTab("ada");
      const other = browser.openTab();
      await browser.time.advance(100);
      let logIn = (_: unknown): void => undefined;
      const signedIn = watch(tab.runtime.signIn(async () => new Promise((resolve) => (logIn = resolve))));
      await browser.time.advance(100);
      void (where === "the same tab" ? tab : other).runtime.signOut("this");
      await browser.time.advance(100);
      logIn(browser.server.logIn("bob"));
      await browser.time.advance(60_000);
      expect(signedIn.outcome).toMatchObject({ error: { code: "sign-in-superseded" } });
      for (const { runtime } of [tab, other]) {
        expect(runtime.snapshot().status).toBe("unauthenticated");
        expect(runtime.peek()).toBeNull();
      }
      expect(browser.register.mark).toBeNull();
    },
  );
});

describe("one sign-in at a time in a tab", () => {
  it("a second is told so at once, and the first is not affected", async () => {
    const browser = createFakeBrowser();
    const { runtime } = browser.openTab();
    let logIn = (_: unknown): void => undefined;
    const first = watch(runtime.signIn(async () => new Promise((resolve) => (logIn = resolve))));
    await browser.time.advance(100);
    const call = vi.fn<() => void>();
    const second = watch(runtime.signIn(call));
    await browser.time.advance(100);
    expect(second.outcome).toMatchObject({ error: { code: "sign-in-in-progress" } });
    logIn(browser.server.logIn("ada"));
    await browser.time.advance(1_000);
    expect(first.outcome.status).toBe("resolved");
    expect(call).not.toHaveBeenCalled();
  });

  it("L7: a second that was turned away leaves the session at work: no lock held, no refresh kept away", async () => {
    const browser = createFakeBrowser();
    const tab = browser.openTab();
    let logIn = (_: unknown): void => undefined;
    const first = watch(tab.runtime.signIn(async () => new Promise((resolve) => (logIn = resolve))));
    await browser.time.advance(100);
    const second = watch(tab.runtime.signIn(() => undefined));
    logIn(browser.server.logIn("ada"));
    await browser.time.advance(1_000);
    expect([first.outcome.status, second.outcome.status]).toEqual(["resolved", "rejected"]);
    expect(phaseOf(tab.inspected)).toBe("scheduled");
    expect(browser.register.hold).toBeNull();
    const refreshed = watch(tab.runtime.refresh());
    await browser.time.advance(1_000);
    expect(refreshed.outcome.status).toBe("resolved");
  });

  it("while a former session's revocation cannot be sent, signing in says so instead of waiting", async () => {
    const browser = createFakeBrowser();
    const tab = await browser.signedInTab("ada");
    browser.server.trouble = { code: "network" };
    void tab.runtime.signOut("this");
    await browser.time.advance(1_000);
    const signedIn = watch(tab.runtime.signIn(() => browser.server.logIn("bob")));
    await browser.time.advance(65_000);
    expect(signedIn.outcome).toMatchObject({ status: "rejected", error: { code: "network" } });
    browser.server.trouble = null;
    await browser.time.advance(65_000);
    const again = watch(tab.runtime.signIn(() => browser.server.logIn("bob")));
    await browser.time.advance(65_000);
    expect(again.outcome).toMatchObject({ value: { user: { id: "bob" } } });
  });

  it("disposed while the login call runs: told so, and its late answer signs nobody in", async () => {
    const browser = createFakeBrowser();
    const tab = browser.openTab();
    let logIn = (_: unknown): void => undefined;
    const signedIn = watch(tab.runtime.signIn(async () => new Promise((resolve) => (logIn = resolve))));
    await browser.time.advance(100);
    tab.runtime.dispose();
    logIn({ kind: "unknown" });
    await browser.time.advance(1_000);
    expect(signedIn.outcome).toMatchObject({ error: { code: "disposed" } });
    expect(tab.runtime.peek()).toBeNull();
  });
});

describe("L9, scenario 25: a token that is waited for while another user signs in", () => {
  it("is not given to who asked for the former user's", async () => {
    const browser = createFakeBrowser();
    const first = await browser.signedInTab("ada");
    const second = browser.openTab();
    for (const { lifecycle } of [first, second]) lifecycle.hide();
    await browser.time.advance(400_000);
    const signedIn = watch(second.runtime.signIn(() => browser.server.logIn("grace")));
    const asked = watch(first.runtime.token(undefined));
    await browser.time.advance(1_000);
    expect(signedIn.outcome.status).toBe("resolved");
    expect(asked.outcome).toMatchObject({ status: "rejected", error: { code: "user-changed" } });
    const next = watch(first.runtime.token(undefined));
    await browser.time.advance(1_000);
    expect(next.outcome).toMatchObject({ value: { identity: { subject: "grace" } } });
  });
});
