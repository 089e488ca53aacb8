/** L12: a request that is challenged (RFC 9470) goes out again with a token that meets the challenge, or not at all. */
import { describe, expect, it } from "vitest";
import { createTestSession, watch, type TestSessionOptions, type TestTab } from "@lockstep/testing";
import type { StepUpChallenge } from "../src/index.js";

const url = "http://localhost/transfer";
const passkey = { passkey: "right" };

interface Prompt {
  readonly challenge: StepUpChallenge;
  readonly answer: (proof: object | null) => void;
  readonly fail: (error: unknown) => void;
}

/** An application whose API wants a passkey; the prompts of all its tabs stay open until the test answers them. */
async function open(options: TestSessionOptions = {}) {
  const sent: string[] = [];
  const strong = new Set<string>();
  const prompts: Prompt[] = [];
  let challenge = 'Bearer error="insufficient_user_authentication", acr_values="urn:passkey"';
  const test = createTestSession({
    user: "ada",
    latencyMs: 20,
    stepUp: (asked) => new Promise((answer, fail) => void prompts.push({ challenge: asked, answer, fail })),
    async fetch(input, init) {
      const request = new Request(input, init);
      const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
      sent.push(`${await request.text()} ${strong.has(token) ? "strong" : "weak"}`);
      if (strong.has(token)) return new Response("done");
      return new Response("not enough", { status: 401, headers: { "www-authenticate": challenge } });
    },
    ...options,
  });
  const { clock, backend } = test;
  backend.check = (proof) =>
    (proof as Partial<typeof passkey>).passkey === "right" ? { acr: "urn:passkey" } : null;

  async function prepared(tab: TestTab): Promise<TestTab> {
    const { session } = tab;
    session.inspect(({ type }) => {
      const now = session.getSnapshot();
      if (/refreshed|adopted/.test(type) && now.status === "authenticated" && now.acr === "urn:passkey")
        void session.getAccessToken().then((token) => strong.add(token));
    });
    const ready = session.ready();
    await clock.advance(500);
    await ready;
    return tab;
  }

  await prepared(test);
  return {
    ...test,
    sent,
    prompts,
    prepared,
    setChallenge: (text: string) => void (challenge = text),
    openTab: async () => prepared(test.openTab()),
    /** Time for the step-up and the requests after it. */
    settle: () => clock.advance(1_000),
  };
}

function transfer({ session }: TestTab, body = "100") {
  return watch(session.fetch(url, { method: "POST", body }).then((response) => response.text()));
}

describe("L12, R-121: a challenge", () => {
  it("has the user step up, and the request sent again with the new token and the same body", async () => {
    const app = await open();
    const call = transfer(app, "100 to Grace");
    await app.settle();
    expect(app.prompts).toHaveLength(1);
    expect(app.prompts[0]?.challenge).toEqual({
      acrValues: ["urn:passkey"],
      maxAge: null,
      attempt: 1,
      signal: expect.any(AbortSignal),
    });
    expect(call.outcome.status).toBe("pending");
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(call.outcome).toEqual({ status: "resolved", value: "done" });
    expect(app.sent).toEqual(["100 to Grace weak", "100 to Grace strong"]);
    expect(app.session.getSnapshot()).toMatchObject({ status: "authenticated", acr: "urn:passkey" });
    app.close();
  });

  it("of fifty requests in three tabs is one prompt, and each goes out once more", async () => {
    const app = await open();
    const tabs = [app, await app.openTab(), await app.openTab()];
    for (const tab of tabs.slice(1)) tab.hide();
    const calls = Array.from({ length: 50 }, (_, index) => transfer(tabs[index % 3] ?? app));
    await app.settle();
    expect(app.prompts).toHaveLength(1);
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(calls.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 50 }, () => ({ status: "resolved", value: "done" })),
    );
    expect(app.sent).toHaveLength(100);
    expect(app.prompts).toHaveLength(1);
    app.close();
  });

  it("in two windows side by side is one prompt, too", async () => {
    const app = await open();
    const tabs = [app, await app.openTab()];
    const calls = tabs.map((tab) => transfer(tab));
    await app.settle();
    expect(app.prompts).toHaveLength(1);
    app.prompts[0]?.answer(passkey);
    await app.settle();
    for (const { outcome } of calls) expect(outcome.status).toBe("resolved");
    expect(app.prompts).toHaveLength(1);
    app.close();
  });

  it("whose proof is refused asks again, and says so", async () => {
    const app = await open();
    const call = transfer(app);
    await app.settle();
    app.prompts[0]?.answer({ passkey: "wrong" });
    await app.settle();
    expect(app.prompts.map(({ challenge }) => challenge.attempt)).toEqual([1, 2]);
    expect(call.outcome.status).toBe("pending");
    expect(app.session.getSnapshot()).toMatchObject({ status: "authenticated", acr: null });
    app.prompts[1]?.answer(passkey);
    await app.settle();
    expect(call.outcome.status).toBe("resolved");
    app.close();
  });

  it("of an API that is never content is answered by its 401, after one step-up", async () => {
    const app = await open({
      fetch: async () =>
        new Response("never", {
          status: 401,
          headers: { "www-authenticate": 'Bearer error="insufficient_user_authentication", max_age="0"' },
        }),
    });
    const call = transfer(app);
    await app.settle();
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(call.outcome).toEqual({ status: "resolved", value: "never" });
    expect(app.prompts).toHaveLength(1);
    app.close();
  });

  it("is the answer where the application has nobody to ask", async () => {
    const app = await open({ stepUp: undefined as never });
    const call = transfer(app);
    await app.settle();
    expect(call.outcome).toEqual({ status: "resolved", value: "not enough" });
    app.close();
  });

  it("to a body that can be sent once only is the answer", async () => {
    const app = await open();
    const body = new ReadableStream({ start: (controller) => controller.close() });
    const call = watch(app.session.fetch(url, { method: "POST", body, duplex: "half" } as RequestInit));
    await app.settle();
    expect(call.outcome).toMatchObject({ status: "resolved", value: { status: 401 } });
    expect(app.prompts).toEqual([]);
    app.close();
  });

  it("that asks for a young proof is not met by the one that the request had", async () => {
    const app = await open();
    app.setChallenge('Bearer error="insufficient_user_authentication", max_age="60"');
    const call = transfer(app);
    await app.settle();
    expect(app.prompts[0]?.challenge).toMatchObject({ acrValues: [], maxAge: 60 });
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(call.outcome.status).toBe("resolved");
    app.close();
  });

  it("that was met while the request was under way prompts nobody", async () => {
    const app = await open();
    const first = transfer(app);
    await app.settle();
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(first.outcome.status).toBe("resolved");
    const second = transfer(app);
    await app.settle();
    expect(second.outcome.status).toBe("resolved");
    expect(app.prompts).toHaveLength(1);
    app.close();
  });

  it("for more than was proved tells who waited for that, and asks for the next demand", async () => {
    const app = await open();
    const weak = watch(app.session.stepUp({ acr: "urn:otp" }));
    const strong = transfer(app);
    await app.settle();
    expect(app.prompts[0]?.challenge.acrValues).toEqual(["urn:otp"]);
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(weak.outcome).toMatchObject({ status: "rejected", error: { code: "step-up-insufficient" } });
    expect(strong.outcome.status).toBe("resolved");
    expect(app.prompts).toHaveLength(1);
    app.close();
  });
});

describe("a step-up that comes to nothing", () => {
  it("is told to all who wait when the user would not; nothing is sent again", async () => {
    const app = await open();
    const calls = [transfer(app), transfer(app)];
    await app.settle();
    app.prompts[0]?.answer(null);
    await app.settle();
    for (const { outcome } of calls)
      expect(outcome).toMatchObject({
        status: "rejected",
        error: { name: "SessionError", code: "step-up-cancelled" },
      });
    expect(app.sent).toEqual(["100 weak", "100 weak"]);
    expect(app.session.getSnapshot().status).toBe("authenticated");
    const again = transfer(app);
    await app.settle();
    expect(app.prompts).toHaveLength(2);
    app.close();
    await app.settle();
    expect(again.outcome.status).toBe("rejected");
  });

  it("is what a prompt that returns nothing comes to", async () => {
    const app = await open();
    const call = transfer(app);
    await app.settle();
    app.prompts[0]?.answer(undefined as never);
    await app.settle();
    expect(call.outcome).toMatchObject({ status: "rejected", error: { code: "step-up-cancelled" } });
    app.close();
  });

  it("is told with its cause when the prompt breaks", async () => {
    const app = await open();
    const call = transfer(app);
    await app.settle();
    app.prompts[0]?.fail(new TypeError("No such element."));
    await app.settle();
    expect(call.outcome).toMatchObject({
      status: "rejected",
      error: { code: "step-up-failed", cause: { message: "No such element." } },
    });
    expect(app.prompts[0]?.challenge.signal.aborted).toBe(true);
    app.close();
  });

  it("is a time-out after five minutes, and the prompt is told to close (L7)", async () => {
    const app = await open();
    const call = transfer(app);
    await app.clock.advance(299_000);
    expect(call.outcome.status).toBe("pending");
    await app.clock.advance(2_000);
    expect(call.outcome).toMatchObject({ status: "rejected", error: { code: "timeout" } });
    expect(app.prompts[0]?.challenge.signal.aborted).toBe(true);
    app.close();
  });

  it("is given up with the caller's own reason; the prompt closes with the last of them", async () => {
    const app = await open();
    const abort = new AbortController();
    const call = watch(app.session.fetch(url, { signal: abort.signal }));
    await app.settle();
    abort.abort(new Error("left the page"));
    await app.settle();
    expect(call.outcome).toMatchObject({ status: "rejected", error: { message: "left the page" } });
    expect(app.prompts[0]?.challenge.signal.aborted).toBe(true);
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(app.session.getSnapshot()).toMatchObject({ acr: null });
    app.close();
  });

  it("is over though its prompt does not close: the next challenge has a prompt of its own", async () => {
    const app = await open();
    const abort = new AbortController();
    const given = watch(app.session.fetch(url, { signal: abort.signal }));
    await app.settle();
    abort.abort();
    await app.settle();
    expect(given.outcome.status).toBe("rejected");
    const call = transfer(app);
    await app.settle();
    expect(app.prompts).toHaveLength(2);
    app.prompts[0]?.fail(new DOMException("The dialog was closed.", "AbortError"));
    await app.settle();
    expect(call.outcome.status).toBe("pending");
    app.prompts[1]?.answer(passkey);
    await app.settle();
    expect(call.outcome.status).toBe("resolved");
    app.close();
  });

  it("that broke as it was told to close fails nobody who came since", async () => {
    const app = await open();
    const abort = new AbortController();
    void app.session.fetch(url, { signal: abort.signal }).catch(() => undefined);
    await app.settle();
    abort.abort();
    const call = transfer(app);
    app.prompts[0]?.fail(new DOMException("The dialog was closed.", "AbortError"));
    await app.settle();
    expect(call.outcome.status).toBe("pending");
    app.prompts.at(-1)?.answer(passkey);
    await app.settle();
    expect(call.outcome.status).toBe("resolved");
    app.close();
  });

  it("L3: ends with a sign-out, and nothing is sent again", async () => {
    const app = await open();
    const other = await app.openTab();
    const call = transfer(app);
    await app.settle();
    void other.session.signOut();
    await app.settle();
    expect(call.outcome).toMatchObject({ status: "rejected", error: { code: "unauthenticated" } });
    expect(app.prompts[0]?.challenge.signal.aborted).toBe(true);
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(app.session.getSnapshot().status).toBe("unauthenticated");
    expect(app.sent).toEqual(["100 weak"]);
    app.close();
  });

  it("L9: never sends the one user's request with the token of another", async () => {
    const app = await open();
    const other = await app.openTab();
    const call = transfer(app);
    await app.settle();
    void other.session.signIn(() => app.backend.logIn("eve"));
    await app.settle();
    expect(call.outcome).toMatchObject({ status: "rejected", error: { code: "user-changed" } });
    expect(app.prompts[0]?.challenge.signal.aborted).toBe(true);
    expect(app.sent).toEqual(["100 weak"]);
    app.close();
  });

  it("finds the session ended: everybody hears that, in every tab", async () => {
    const app = await open();
    const other = await app.openTab();
    const call = transfer(app);
    await app.settle();
    app.backend.revoke();
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(call.outcome).toMatchObject({
      status: "rejected",
      error: { code: "unauthenticated" },
    });
    expect(other.session.getSnapshot().status).toBe("unauthenticated");
    expect(app.prompts).toHaveLength(1);
    app.close();
  });
});

describe("the prompt is where the user is", () => {
  it("a hidden tab asks nobody until it is seen", async () => {
    const app = await open();
    app.hide();
    const call = transfer(app);
    await app.settle();
    expect(app.prompts).toEqual([]);
    app.show();
    await app.settle();
    expect(app.prompts).toHaveLength(1);
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(call.outcome.status).toBe("resolved");
    app.close();
  });

  it("who goes on to another tab is asked there; what is done there closes the first prompt", async () => {
    const app = await open();
    const other = await app.openTab();
    other.hide();
    const calls = [transfer(app), transfer(other)];
    await app.settle();
    expect(app.prompts).toHaveLength(1);
    app.hide();
    other.show();
    await app.settle();
    expect(app.prompts).toHaveLength(2);
    app.prompts[1]?.answer(passkey);
    await app.settle();
    expect(app.prompts[0]?.challenge.signal.aborted).toBe(true);
    for (const { outcome } of calls) expect(outcome.status).toBe("resolved");
    app.close();
  });

  it("a tab that dies with the prompt open leaves it to the next", async () => {
    const app = await open();
    const other = await app.openTab();
    const calls = [transfer(app), transfer(other)];
    await app.settle();
    expect(app.prompts).toHaveLength(1);
    app.session.dispose();
    await app.settle();
    expect(app.prompts).toHaveLength(2);
    app.prompts[1]?.answer(passkey);
    await app.settle();
    expect(calls.map(({ outcome }) => outcome.status)).toEqual(["rejected", "resolved"]);
    app.close();
  });
});

describe("stepUp(): ahead of any challenge", () => {
  it("asks, and tells the new level", async () => {
    const app = await open();
    const asked = watch(app.session.stepUp({ acr: ["urn:passkey", "urn:otp"] }));
    await app.settle();
    expect(app.prompts[0]?.challenge).toMatchObject({ acrValues: ["urn:passkey", "urn:otp"], maxAge: null });
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(asked.outcome).toMatchObject({ status: "resolved", value: { acr: "urn:passkey" } });
    const again = watch(app.session.stepUp({ acr: "urn:passkey" }));
    await app.settle();
    expect(again.outcome.status).toBe("resolved");
    expect(app.prompts).toHaveLength(1);
    app.close();
  });

  it("without a demand asks for a new proof of any kind", async () => {
    const app = await open();
    const asked = watch(app.session.stepUp());
    await app.settle();
    expect(app.prompts[0]?.challenge).toMatchObject({ acrValues: [], maxAge: 0 });
    app.prompts[0]?.answer(passkey);
    await app.settle();
    expect(asked.outcome.status).toBe("resolved");
    app.close();
  });

  it("is for somebody who is signed in, and for applications that can ask", async () => {
    const app = await open();
    void app.session.signOut();
    await app.settle();
    const asked = watch(app.session.stepUp());
    await app.settle();
    expect(asked.outcome).toMatchObject({ status: "rejected", error: { code: "unauthenticated" } });
    app.close();
    const mute = await open({ stepUp: undefined as never });
    await expect(mute.session.stepUp()).rejects.toMatchObject({ code: "invalid-option" });
    mute.close();
  });

  it.each([{ maxAge: -1 }, { maxAge: Number.NaN }, { acr: 3 as never }, { acr: [3] as never }])(
    "%o is no demand",
    async (wrong) => {
      const app = await open();
      await expect(app.session.stepUp(wrong)).rejects.toMatchObject({ code: "invalid-option" });
      app.close();
    },
  );
});

describe("signing out the user's other sessions, where the server wants a recent proof (ASVS 7.5.2)", () => {
  async function refused() {
    const app = await open();
    app.backend.trouble = { code: "refused", status: 401 };
    const call = watch(app.session.signOut({ scope: "others" }));
    await app.clock.advance(100);
    app.backend.trouble = null;
    return { ...app, call };
  }

  it("asks the user for one, and goes on", async () => {
    const { call, prompts, settle, backend, close } = await refused();
    expect(prompts).toHaveLength(1);
    expect(call.outcome.status).toBe("pending");
    prompts[0]?.answer(passkey);
    await settle();
    expect(call.outcome).toEqual({ status: "resolved", value: { revoked: true } });
    expect(backend.signOuts.map(({ scope }) => scope)).toEqual(["others", "others"]);
    close();
  });

  it("ends nobody's session if the user would not", async () => {
    const { call, prompts, settle, backend, close } = await refused();
    prompts[0]?.answer(null);
    await settle();
    expect(call.outcome).toMatchObject({ status: "rejected", error: { code: "step-up-cancelled" } });
    expect(backend.signOuts).toHaveLength(1);
    close();
  });

  it("is refused where the application cannot ask", async () => {
    const app = createTestSession({ user: "ada", latencyMs: 0 });
    await app.session.ready();
    app.backend.trouble = { code: "refused", status: 401 };
    const call = watch(app.session.signOut({ scope: "others" }));
    await app.clock.advance(100);
    expect(call.outcome).toMatchObject({ status: "rejected", error: { code: "refused", status: 401 } });
    app.close();
  });
});
