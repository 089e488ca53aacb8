/** L12: a request that is challenged (RFC 9470) goes out again with a token that meets the challenge, or not at all. */
import type { StepUpChallenge } from "@lockstep/core";
import { holdAnswer } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { canGoDeaf, type Deaf } from "../support/hearing.js";
import { together, type Tab } from "../support/tabs.js";

interface Prompt {
  readonly attempt: number;
  readonly acrValues: readonly string[];
  readonly maxAge: number | null;
  readonly signal: AbortSignal;
  readonly answer: (proof: object | null) => void;
}
type WithPrompts = typeof window & { prompts: Prompt[]; answers: unknown[] };

/** The application's dialog, which the test answers. */
const prompting = (): void => {
  const prompts: Prompt[] = [];
  const stepUp = (challenge: StepUpChallenge): Promise<object | null> =>
    new Promise((answer) => void prompts.push({ ...challenge, answer }));
  Object.assign(window, { prompts, answers: [], moreOptions: { stepUp } });
};
const withPrompts = { before: prompting } as const;

/** Sends so many transfers from each tab, and notes what came of them. */
async function transfer(tabs: readonly Tab[], count: number): Promise<void> {
  for (const tab of tabs) await tab.eval((each) => void Object.assign(window, { each }), count);
  await together(tabs, () => {
    const { answers, each } = window as unknown as WithPrompts & { each: number };
    for (let index = 0; index < each; index += 1)
      void window
        .outcome(
          window.session
            .fetch("/api/transfer", { method: "POST", body: `transfer ${index}` })
            .then(
              async (response) => `${response.status} ${((await response.json()) as { body: string }).body}`,
            ),
        )
        .then((outcome) => answers.push(outcome));
  });
}

function promptsOf(tab: Tab): Promise<{ attempt: number; acrValues: readonly string[]; aborted: boolean }[]> {
  return tab.eval(() =>
    (window as unknown as WithPrompts).prompts.map(({ attempt, acrValues, signal }) => ({
      attempt,
      acrValues,
      aborted: signal.aborted,
    })),
  );
}

function answersOf(tab: Tab): Promise<{ ok: boolean; value?: string; code?: string }[]> {
  return tab.eval(() => (window as unknown as WithPrompts).answers as { ok: boolean }[]);
}

function answerLast(tab: Tab, proof: object | null): Promise<void> {
  return tab.eval((given) => {
    (window as unknown as WithPrompts).prompts.at(-1)?.answer(given);
  }, proof);
}

const right = { passkey: "right" };

test("L12, R-121: 51 requests that wait in three tabs are one prompt, and each goes out once more", async ({
  world,
}) => {
  const { backend, openSignedIn, openTabs } = await world();
  const first = await openSignedIn("ann", withPrompts);
  const tabs = [first, ...(await openTabs(2, withPrompts))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  await transfer(tabs, 17);
  const prompted = async (): Promise<Tab[]> => {
    const counts = await Promise.all(tabs.map(async (tab) => (await promptsOf(tab)).length));
    return tabs.flatMap((tab, index) => (counts[index] ? [tab] : []));
  };
  await expect.poll(() => backend.to("/api/transfer").length).toBe(51);
  await expect.poll(async () => (await prompted()).length).toBe(1);
  const [asking = first] = await prompted();
  expect(await promptsOf(asking)).toEqual([{ attempt: 1, acrValues: ["urn:passkey"], aborted: false }]);
  await answerLast(asking, right);
  for (const tab of tabs) {
    await expect.poll(async () => (await answersOf(tab)).length).toBe(17);
    const expected = Array.from({ length: 17 }, (_, index) => ({ ok: true, value: `200 transfer ${index}` }));
    expect(new Set(await answersOf(tab))).toEqual(new Set(expected));
    expect(await tab.eval(() => window.session.getSnapshot())).toMatchObject({ acr: "urn:passkey" });
  }
  expect(backend.to("/api/transfer").filter(({ status }) => status === 401)).toHaveLength(51);
  expect(backend.to("/api/transfer").filter(({ status }) => status === 200)).toHaveLength(51);
  expect(backend.to("/session/step-up")).toHaveLength(1);
  expect((await Promise.all(tabs.map(promptsOf))).flat()).toHaveLength(1);
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("R-121: a tab whose turn comes before it hears of the proof finds it out by itself, and prompts nobody", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const asking = await openSignedIn("ann", withPrompts);
  const waiting = await openTab({ before: [prompting, canGoDeaf] });
  await expect.poll(() => waiting.status()).toBe("authenticated as ann");
  await transfer([asking], 1);
  await expect.poll(async () => (await promptsOf(asking)).length).toBe(1);
  await transfer([waiting], 1);
  await expect.poll(() => backend.to("/api/transfer").length).toBe(2);
  await waiting.eval(() => (window as Deaf).goDeaf());
  await answerLast(asking, right);
  for (const tab of [asking, waiting])
    await expect.poll(() => answersOf(tab)).toEqual([{ ok: true, value: "200 transfer 0" }]);
  expect(await promptsOf(waiting)).toEqual([]);
  expect(backend.to("/session/step-up")).toHaveLength(1);
});

test("R-122: a proof that is refused is asked for again; the session that was vouched for has a new id, in every tab", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn("ann", withPrompts);
  const second = await openTab(withPrompts);
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  const sessionId = (tab: Tab): Promise<unknown> =>
    tab.eval(() => (window.session.getSnapshot() as { sessionId?: unknown }).sessionId);
  const former = await sessionId(first);
  await transfer([first], 1);
  await expect.poll(async () => (await promptsOf(first)).length).toBe(1);
  await answerLast(first, { passkey: "wrong" });
  await expect.poll(async () => (await promptsOf(first)).map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(await sessionId(first)).toBe(former);
  await answerLast(first, right);
  await expect.poll(() => answersOf(first)).toEqual([{ ok: true, value: "200 transfer 0" }]);
  const renewed = await sessionId(first);
  expect(renewed).not.toBe(former);
  await expect.poll(() => sessionId(second)).toBe(renewed);
  expect(await second.inspected("user-changed")).toEqual([]);
  expect((await second.refresh()).ok).toBe(true);
  expect(await backend.sessions.listSessions("ann")).toMatchObject([{ id: renewed }]);
});

test("L2, attack D13: a refresh under way in another tab when the user steps up costs nobody the session", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const asking = await openSignedIn("ann", withPrompts);
  const other = await openTab();
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  await transfer([asking], 1);
  await expect.poll(async () => (await promptsOf(asking)).length).toBe(1);
  const held = holdAnswer(backend);
  await other.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
  await held.reached;
  await answerLast(asking, right);
  held.release();
  await expect.poll(() => answersOf(asking)).toEqual([{ ok: true, value: "200 transfer 0" }]);
  for (const tab of [asking, other]) {
    expect((await tab.refresh()).ok).toBe(true);
    expect(await tab.status()).toBe("authenticated as ann");
  }
  expect(backend.eventsOf("reuse-detected")).toEqual([]);
});

test("stepUp() asks nobody who proved who they are recently, and asks who did so too long ago", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", { ...withPrompts, clockOffsetMs: 0 });
  const ask = (): Promise<unknown> => tab.eval(() => window.outcome(window.session.stepUp({ maxAge: 300 })));
  expect(await ask()).toMatchObject({ ok: true });
  expect(await promptsOf(tab)).toEqual([]);
  backend.stepClock(310_000);
  await tab.stepClock(310_000);
  const asked = ask();
  await expect.poll(async () => (await promptsOf(tab)).length).toBe(1);
  await answerLast(tab, right);
  expect(await asked).toMatchObject({ ok: true });
  expect(await ask()).toMatchObject({ ok: true });
  expect(await promptsOf(tab)).toHaveLength(1);
});

test("L12: who would not step up is told so, nothing is sent again, and the session goes on", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", withPrompts);
  await transfer([tab], 3);
  await expect.poll(async () => (await promptsOf(tab)).length).toBe(1);
  // A challenge that was still on its way when the user declined is one to decline again.
  const decline = async (): Promise<unknown[]> => {
    await answerLast(tab, null);
    return (await answersOf(tab)).map(({ code }) => code);
  };
  await expect.poll(decline).toEqual(Array.from({ length: 3 }, () => "step-up-cancelled"));
  expect(backend.to("/api/transfer").map(({ status }) => status)).toEqual([401, 401, 401]);
  expect(backend.to("/session/step-up")).toEqual([]);
  expect((await tab.callApi()).value).toEqual({ status: 200, user: "ann" });
});

test("L3, L12: a sign-out in another tab closes the prompt, and what waited is refused", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const asking = await openSignedIn("ann", withPrompts);
  const other = await openTab();
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  await transfer([asking], 1);
  await expect.poll(async () => (await promptsOf(asking)).length).toBe(1);
  await other.eval(async () => void (await window.session.signOut()));
  await expect.poll(async () => (await promptsOf(asking))[0]?.aborted).toBe(true);
  await expect
    .poll(async () => (await answersOf(asking)).map(({ code }) => code))
    .toEqual(["unauthenticated"]);
  await answerLast(asking, right);
  expect(await asking.status()).toBe("unauthenticated: signed-out-elsewhere");
  expect(backend.to("/session/step-up")).toEqual([]);
  expect(backend.to("/api/transfer")).toHaveLength(1);
});

test("the user's sessions: listed, the other one revoked, and this one signed out by its id", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn("ann");
  const second = await openTab();
  await expect.poll(() => second.status()).toBe("authenticated as ann");
  // Another device of hers.
  const login = new Request(`${backend.origin}/login`, {
    method: "POST",
    headers: { origin: backend.origin },
  });
  const phone = await backend.sessions.start(login, { userId: "ann" });
  expect(phone.status).toBe(200);
  const list = (): Promise<readonly { id: string; current: boolean; device: { kind: string | null } }[]> =>
    tab.eval(async () => window.session.sessions.list());
  const sessions = await list();
  expect(sessions).toHaveLength(2);
  const own = sessions.find(({ current }) => current);
  const other = sessions.find(({ current }) => !current);
  expect(own?.device.kind).toBe("desktop");
  expect(
    await second.eval((id) => window.outcome(window.session.sessions.revoke(id)), other?.id ?? ""),
  ).toMatchObject({
    ok: true,
  });
  expect(backend.eventsOf("session-ended").map(({ reason }) => reason)).toEqual(["revoked"]);
  expect((await list()).map(({ id }) => id)).toEqual([own?.id]);
  expect(
    await tab.eval((id) => window.outcome(window.session.sessions.revoke(id)), own?.id ?? ""),
  ).toMatchObject({
    ok: true,
  });
  expect(await tab.status()).toBe("unauthenticated: signed-out");
  await expect.poll(() => second.status()).toBe("unauthenticated: signed-out-elsewhere");
});
