// @vitest-environment happy-dom
import { useSession, type RegisteredSession, type SessionComposable } from "@lockstep/vue";
import { h, nextTick, type Component } from "vue";
import { expect, it } from "vitest";
import { adaSignedIn, grace, mountWith, whoIs } from "./mount.js";

const many = 200;

/** Two hundred components that show something of the session, and how often each of them has rendered since. */
function renderCounts(session: RegisteredSession, show: (used: SessionComposable) => unknown) {
  const counts = new Map<number, number>();
  const counted = Array.from({ length: many }, (_, number): Component => ({
    setup() {
      const used = useSession();
      return () => {
        counts.set(number, (counts.get(number) ?? 0) + 1);
        return h("li", JSON.stringify(show(used)));
      };
    },
  }));
  const { root } = mountWith(session, () => counted.map((each) => h(each)));
  const total = (): number => [...counts.values()].reduce((sum, each) => sum + each, 0);
  expect(counts.size).toBe(many);
  expect(total()).toBe(many);
  counts.clear();
  return {
    root,
    /** How many of them rendered since the last question, and how often. */
    async since(): Promise<{ readonly components: number; readonly renders: number }> {
      await nextTick();
      const answer = { components: counts.size, renders: total() };
      counts.clear();
      return answer;
    },
  };
}

const none = { components: 0, renders: 0 };
const onceEach = { components: many, renders: many };

const everything = ({ snapshot, status, user, claims, reason, problem }: SessionComposable): unknown =>
  [snapshot, status, user, claims, reason, problem].map((each) => each.value);

it("a silent refresh that somebody asked for renders nothing", async () => {
  const { session, backend } = await adaSignedIn();
  const { since } = renderCounts(session, everything);
  const before = await session.getAccessToken();
  await session.refresh();
  expect(backend.refreshes).toHaveLength(2);
  expect(await session.getAccessToken()).not.toBe(before);
  expect(await since()).toEqual(none);
});

it("scheduled silent refreshes render nothing", async () => {
  const { session, backend, clock } = await adaSignedIn();
  const { since } = renderCounts(session, everything);
  await clock.advance(3_600_000);
  expect(backend.refreshes.length).toBeGreaterThan(10);
  expect(await since()).toEqual(none);
});

it("a silent refresh in another tab renders nothing", async () => {
  const { session, backend, clock, openTab } = await adaSignedIn();
  const { since } = renderCounts(session, everything);
  const other = openTab();
  await other.session.ready();
  await other.session.refresh();
  await clock.advance(1_000);
  expect(backend.refreshes).toHaveLength(2);
  expect(await session.getAccessToken()).toBe(await other.session.getAccessToken());
  expect(await since()).toEqual(none);
});

it("a sign-out renders each component once", async () => {
  const { session } = await adaSignedIn();
  const { since, root } = renderCounts(session, everything);
  await session.signOut();
  expect(await since()).toEqual(onceEach);
  expect(root.textContent).toContain("signed-out");
});

it("a sign-out in another tab renders each component once", async () => {
  const { session, openTab } = await adaSignedIn();
  const { since, root } = renderCounts(session, everything);
  await openTab().session.signOut();
  expect(await since()).toEqual(onceEach);
  expect(root.textContent).toContain("signed-out-elsewhere");
});

it("a switch of accounts in another tab renders each component once", async () => {
  const { session, backend, openTab } = await adaSignedIn();
  const { since, root } = renderCounts(session, ({ snapshot }) => whoIs(snapshot.value));
  await openTab().session.signIn(() => backend.logIn(grace));
  expect(await since()).toEqual(onceEach);
  expect(root.textContent).toContain("Grace");
});

it("what shows only the user is not rendered when there is a problem, what shows the problem is", async () => {
  const { session, backend, clock } = await adaSignedIn();
  const names = renderCounts(session, ({ user }) => user.value);
  const problems = renderCounts(session, ({ problem }) => problem.value);
  backend.trouble = { code: "network" };
  await clock.advance(600_000);
  expect(problems.root.textContent).toContain("network");
  expect(await names.since()).toEqual(none);
  expect(await problems.since()).toEqual(onceEach);
});

it("what shows only the status is not rendered when Grace takes over", async () => {
  const { session, backend } = await adaSignedIn();
  const { since } = renderCounts(session, ({ status }) => status.value);
  await session.signIn(() => backend.logIn(grace));
  expect(session.getSnapshot()).toMatchObject({ user: grace });
  expect(await since()).toEqual(none);
});

it("what takes nothing but actions is never rendered", async () => {
  const { session, backend } = await adaSignedIn();
  const { since } = renderCounts(session, ({ signOut }) => typeof signOut);
  await session.signOut();
  await session.signIn(() => backend.logIn(grace));
  expect(await since()).toEqual(none);
});

it("L10: a change of focus that alters nothing renders nothing", async () => {
  const { session, clock, hide, show, act, lifecycle } = await adaSignedIn();
  const { since } = renderCounts(session, everything);
  for (const _ of Array.from({ length: 20 })) {
    hide();
    await clock.advance(1_000);
    show();
    lifecycle.emit({ type: "woke", cause: "focused" });
    act();
    await clock.advance(1_000);
  }
  expect(await since()).toEqual(none);
});
