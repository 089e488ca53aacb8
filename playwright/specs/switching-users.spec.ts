/** L9: all tabs agree on who is signed in, and no request of one user goes out with another's token. */
import type { Backend, RequestRecord } from "../support/backend.js";
import { createGate, holdAnswer, holdRequest } from "../support/faults.js";
import { expect, signIn, test } from "../support/fixtures.js";
import { canGoDeaf, type Deaf } from "../support/hearing.js";
import type { Outcome } from "../support/page-globals.js";
import type { Tab } from "../support/tabs.js";

test("L9, scenario 25: another user signs in elsewhere; a request under way fails, and the screen changes once", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend, "/api/echo");
  const call = first.callApi();
  await held.reached;
  const before = await first.eval(() => window.changes.length);

  await signIn(second, "bob");
  await expect.poll(() => first.status()).toBe("authenticated as bob");
  held.release();
  expect(await call).toMatchObject({ ok: false, name: "SessionError", code: "user-changed" });
  expect(await first.inspected("user-changed")).toHaveLength(1);
  expect(await first.eval((from) => window.changes.slice(from).map(({ status }) => status), before)).toEqual([
    "authenticated",
  ]);
  expect((await first.callApi()).value).toEqual({ status: 200, user: "bob" });
  expect(backend.refreshes(), "the new user's token came in a message").toEqual([]);
});

test("L9, scenario 25: a refused request of one user is not replayed with the next one's token", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world({ lifetimeSeconds: 8 });
  const first = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdRequest(backend, "/api/echo");
  const call = first.callApi();
  await held.reached;
  backend.refuseTokens();
  await signIn(second, "bob");
  held.release();
  expect(await call).toMatchObject({ ok: false, code: "user-changed" });
  expect(backend.to("/api/echo")).toHaveLength(1);
});

interface Answer {
  /** Whom the page showed when it sent the request. */
  readonly as: string;
  readonly kind: string;
  /** `<status> <user>` as the server saw it, or the code of the error. */
  readonly outcome: string;
}
type Application = typeof window & {
  answers: Answer[];
  refusals: number;
  send(kind: string): void;
};

/** An application that sends for the user whom it shows, and says in the request who that is. */
const application = (): void => {
  const page = window as Application;
  const { fetch } = window;
  window.fetch = async (...request) => {
    const response = await fetch(...request);
    // The session's own are not counted: whether its stream is asked for again meanwhile is the dice's to say.
    if (response.status === 401 && response.url.includes("/api/echo")) page.refusals += 1;
    return response;
  };
  let count = 0;
  const send = (kind: string): void => {
    const snapshot = window.session.getSnapshot();
    const as = snapshot.status === "authenticated" ? (snapshot.user as { id: string }).id : "nobody";
    const query = new URLSearchParams({ as, kind, count: String((count += 1)) });
    const request = window.session.fetch(`/api/echo?${query}`, { method: "PUT", body: `sent for ${as}` });
    const read = async (response: Response): Promise<string> => {
      const { user, body } = (await response.json()) as { user?: string; body?: string };
      return `${response.status} ${user}, ${body}`;
    };
    void window.outcome(request.then(read)).then(({ value, code = "" }) => {
      page.answers.push({ as, kind, outcome: value ?? code });
    });
  };
  Object.assign(window, { answers: [], refusals: 0, send });
};

const send = (tab: Tab, kinds: readonly string[]): Promise<void> =>
  tab.eval((kinds) => {
    for (const kind of kinds) (window as Application).send(kind);
  }, kinds);

const answersOf = (tab: Tab): Promise<readonly Answer[]> => tab.eval(() => (window as Application).answers);

const refusalsOf = (tab: Tab): Promise<number> => tab.eval(() => (window as Application).refusals);

function sentFor({ search }: RequestRecord): string | null {
  return new URLSearchParams(search).get("as");
}

/** Whatever one user's page code sent carried that user's token. */
function expectNothingMixedUp(backend: Backend): void {
  const mixedUp = backend.to("/api/echo").filter((request) => request.subject !== sentFor(request));
  expect(mixedUp.map((request) => `sent for ${sentFor(request)} as ${request.subject}`)).toEqual([]);
}

/** What the server does with a request that is under way when the user changes, once it is let go. */
const fates = ["decided", "undecided", "refused early", "refused late", "replayed"] as const;

/** Keeps requests waiting until their kind is let go; those that are to be replayed twice. */
function holdByKind(backend: Backend): { readonly count: () => number; release(gate: string): void } {
  const gates = new Map(["refused once", ...fates].map((name) => [name, createGate()]));
  const refused = new Set<string>();
  let waiting = 0;
  const wait = async (gate: string): Promise<void> => {
    waiting += 1;
    await gates.get(gate)?.opened;
    waiting -= 1;
  };
  const refusal = (): Response =>
    Response.json(
      { error: "invalid_token" },
      { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
    );
  backend.intercept("/api/echo", async ({ record: { tab, search }, decide }) => {
    const kind = new URLSearchParams(search).get("kind") ?? "";
    if (!gates.has(kind)) return decide();
    const name = `${tab} ${search}`;
    if (kind === "replayed" && !refused.has(name)) {
      refused.add(name);
      await wait("refused once");
      return refusal();
    }
    const decision = kind === "decided" ? await decide() : null;
    await wait(kind);
    return kind.startsWith("refused") ? refusal() : (decision ?? decide());
  });
  return { count: () => waiting, release: (gate) => gates.get(gate)?.open() };
}

test("L9, scenario 25: of 200 requests under way in three tabs when another user signs in none is answered, and none is sent for the other", async ({
  world,
}) => {
  const { backend, openSignedIn, openTabs } = await world({ http2: true });
  const options = { before: application, clockOffsetMs: 0 };
  const tabs = [await openSignedIn("ann", options), ...(await openTabs(2, options))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  const answers = async (): Promise<readonly Answer[]> => (await Promise.all(tabs.map(answersOf))).flat();
  const refusals = async (): Promise<number> =>
    (await Promise.all(tabs.map(refusalsOf))).reduce((sum, count) => sum + count);
  const outcomesOf = async (kind: string): Promise<ReadonlyMap<string, number>> => {
    const counts = new Map<string, number>();
    for (const answer of await answers())
      if (answer.kind === kind) counts.set(answer.outcome, (counts.get(answer.outcome) ?? 0) + 1);
    return counts;
  };

  for (const tab of tabs)
    await send(
      tab,
      Array.from({ length: 20 }, () => "before"),
    );
  await expect.poll(() => outcomesOf("before")).toEqual(new Map([["200 ann, sent for ann", 60]]));
  // A young token that is refused is not refreshed.
  for (const tab of tabs) await tab.stepClock(25_000);
  const held = holdByKind(backend);
  const spread = async (kinds: readonly string[], count: number): Promise<void> => {
    const all = Array.from({ length: count }, (_, index) => kinds[index % kinds.length] ?? "");
    for (const [number, tab] of tabs.entries())
      await send(
        tab,
        all.filter((_, index) => index % tabs.length === number),
      );
  };
  await spread(["decided", "undecided", "refused late", "replayed"], 160);
  await expect.poll(held.count).toBe(160);
  held.release("refused once");
  await expect.poll(refusals).toBe(40);
  await expect.poll(held.count, "replays of what was refused are among them").toBe(160);
  await spread(["refused early"], 40);
  await expect.poll(held.count).toBe(200);
  expect(backend.refreshes()).toHaveLength(1);

  for (const tab of tabs) await tab.stepClock(25_000);
  const login = holdAnswer(backend, "/login");
  const signedIn = signIn(tabs[1] as Tab, "bob");
  await login.reached;
  // Who is refused now has to wait for the next token, and that is another user's.
  held.release("refused early");
  await expect.poll(refusals).toBe(80);
  login.release();
  await signedIn;
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as bob");
  await expect.poll(() => outcomesOf("refused early")).toEqual(new Map([["user-changed", 40]]));

  for (const tab of tabs) await send(tab, ["after", "after"]);
  await expect.poll(() => outcomesOf("after")).toEqual(new Map([["200 bob, sent for bob", 6]]));
  const sent = backend.to("/api/echo").length;
  for (const fate of fates) held.release(fate);
  await expect.poll(async () => (await answers()).length).toBe(266);
  for (const fate of fates) expect(await outcomesOf(fate)).toEqual(new Map([["user-changed", 40]]));
  expect(backend.to("/api/echo"), "60 before, 200 under way with 40 replays, 6 after").toHaveLength(306);
  expect(backend.to("/api/echo"), "nothing of the former user's is sent afterwards").toHaveLength(sent);
  expectNothingMixedUp(backend);
  for (const tab of tabs) {
    expect(await tab.inspected("user-changed")).toHaveLength(1);
    expect(await tab.inspected("signed-out")).toEqual([]);
  }
  expect(backend.refreshes()).toHaveLength(1);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

/** Sends all that a page can send by itself, for ann, and sees that nothing of it went out for bob. */
async function expectNothingSentAsBob(
  backend: Backend,
  tab: Tab,
  settle: () => Promise<void>,
): Promise<void> {
  expect(await tab.status()).toBe("authenticated as ann");
  await send(tab, ["while it changes", "while it changes"]);
  await tab.eval(() => {
    const listed = window.outcome(window.session.sessions.list());
    Object.assign(window, { listed });
  });
  expect(await tab.status(), "that is whom the page shows").toBe("authenticated as ann");
  await settle();
  await expect.poll(async () => (await answersOf(tab)).length).toBe(2);
  const listed = await tab.eval(() => (window as unknown as { listed: Promise<Outcome> }).listed);
  expectNothingMixedUp(backend);
  expect(backend.to("/session/sessions")).toEqual([]);
  for (const { outcome } of await answersOf(tab)) expect(outcome).toBe("user-changed");
  expect(listed).toMatchObject({ ok: false, code: "user-changed" });
  await expect.poll(() => tab.status()).toBe("authenticated as bob");
  await send(tab, ["afterwards"]);
  await expect
    .poll(async () => (await answersOf(tab)).at(-1))
    .toMatchObject({ as: "bob", outcome: "200 bob, sent for bob" });
}

test("L9, scenario 25: a request that waits for a token while another user signs in does not go out with that user's", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const options = { before: application, clockOffsetMs: 0 };
  const first = await openSignedIn("ann", options);
  const second = await openTab(options);
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  // Her token has run out, and a login under way keeps refreshes from landing on top of it.
  for (const tab of [first, second]) await tab.stepClock(60_000);
  const login = holdAnswer(backend, "/login");
  const signedIn = signIn(second, "bob");
  await login.reached;
  await expectNothingSentAsBob(backend, first, async () => {
    login.release();
    await signedIn;
  });
});

test("L9, scenario 25: what a page sends for the user whom it shows does not go out for the one that it has not heard of", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const second = await openSignedIn("ann");
  const first = await openTab({ before: [application, canGoDeaf] });
  await expect.poll(() => first.status()).toBe("authenticated as ann");
  await first.eval(() => (window as Deaf).goDeaf());
  await signIn(second, "bob");
  await expectNothingSentAsBob(backend, first, () => first.eval(() => (window as Deaf).hear()));
});

test("L9, attack C6: a late answer to the former user's refresh changes nothing", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend);
  await first.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
  await held.reached;
  const signedIn = signIn(second, "bob");
  held.release();
  await signedIn;
  for (const tab of [first, second]) {
    await expect.poll(() => tab.status()).toBe("authenticated as bob");
    expect((await tab.callApi()).value).toEqual({ status: 200, user: "bob" });
    await tab.page.reload();
    await tab.page.waitForFunction(() => window.loaded === true);
    await expect.poll(() => tab.status()).toBe("authenticated as bob");
  }
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("L9: sign-in in one tab signs the anonymous tabs in, without a request of theirs", async ({ world }) => {
  const { backend, openTabs } = await world();
  const [first, ...others] = await openTabs(4);
  if (first === undefined) throw new Error("There is no tab.");
  await signIn(first, "ann");
  for (const tab of others) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  expect(backend.refreshes()).toEqual([]);
});

test("L3: sign-out while the login call runs wins, and the new session is revoked", async ({ world }) => {
  const { backend, openTab } = await world();
  const tab = await openTab();
  const held = holdAnswer(backend, "/login");
  const signedIn = tab.eval(() =>
    window.outcome(window.session.signIn(() => fetch("/login?user=ann", { method: "POST" }))),
  );
  await held.reached;
  const signedOut = tab.eval(() => window.outcome(window.session.signOut()));
  // Answered after the call above: the page takes one thing at a time.
  expect(await tab.status()).toMatch(/^unauthenticated/);
  held.release();
  expect(await signedIn).toMatchObject({ ok: false, code: "sign-in-superseded" });
  expect((await signedOut).ok).toBe(true);
  await expect.poll(() => backend.eventsOf("session-ended")).toHaveLength(1);
  expect(await tab.status()).toMatch(/^unauthenticated/);
});

test("L9: a failed login leaves everything as it was, and its answer is the application's to read", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann");
  backend.intercept("/login", async () => Response.json({ error: "wrong password" }, { status: 403 }), 1);
  const seen = await tab.eval(async () => {
    try {
      await window.session.signIn(() => fetch("/login", { method: "POST" }));
      return null;
    } catch (error) {
      const { code, status, response } = error as { code: string; status: number; response: Response };
      return {
        code,
        status,
        body: (await response.json()) as unknown,
        visible: Object.keys(error as object),
      };
    }
  });
  expect(seen).toMatchObject({ code: "sign-in-failed", status: 403, body: { error: "wrong password" } });
  expect(seen?.visible).not.toContain("response");
  expect(await tab.status()).toBe("authenticated as ann");
});
