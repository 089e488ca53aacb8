// @vitest-environment happy-dom
import { createTestSession } from "@lockstep/testing";
import { createLockstep, useSession, type RegisteredSnapshot } from "@lockstep/vue";
import { createApp, h, nextTick, ref, type Component } from "vue";
import { describe, expect, it } from "vitest";
import { serve, takeOver } from "./hydrate.js";
import { ada, adaSignedIn, counted, grace, Who, whoIs } from "./mount.js";
import { forbidWarnings } from "./warnings.js";

forbidWarnings();

const known: RegisteredSnapshot = {
  status: "authenticated",
  problem: null,
  sessionId: "s1",
  user: ada,
  claims: { sub: "ada" },
  authTime: null,
  acr: null,
  expiresAt: null,
  warning: null,
};
const nobody: RegisteredSnapshot = { status: "unauthenticated", reason: "no-session" };
const unknown: RegisteredSnapshot = { status: "loading", problem: null };

/** Says who is signed in, and remembers everything that it ever said. */
function remembering(): { readonly component: Component; readonly said: string[] } {
  const said: string[] = [];
  const component: Component = {
    setup() {
      const { snapshot } = useSession();
      return () => {
        said.push(whoIs(snapshot.value));
        return h("main", [h("p", said.at(-1)), h(Who)]);
      };
    },
  };
  return { component, said };
}

describe("hydration, without any warning", () => {
  it("shows what the server rendered until the session knows", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const page = { component: Who, initialSnapshot: known };
    const root = await serve(session, page);
    expect(root.innerHTML).toBe("<p>Ada</p>");
    const before = root.firstChild;
    takeOver(root, session, page);
    expect(session.getSnapshot().status).toBe("loading");
    await nextTick();
    expect(root.firstChild).toBe(before);
    expect(root.innerHTML).toBe("<p>Ada</p>");
  });

  it("a session that finds what the server said changes nothing on the page", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const { component, said } = remembering();
    const page = { component, initialSnapshot: known };
    const root = await serve(session, page);
    takeOver(root, session, page);
    await session.ready();
    await nextTick();
    expect(new Set(said)).toEqual(new Set(["Ada"]));
    expect(root.innerHTML).toBe("<main><p>Ada</p><p>Ada</p></main>");
  });

  it.each([
    ["nobody is signed in any more", known, undefined, ["Ada", "unauthenticated"]],
    ["Grace is signed in", known, grace, ["Ada", "Grace"]],
    ["Ada is signed in after all", nobody, ada, ["unauthenticated", "Ada"]],
    ["Ada is signed in, and the server could not know", unknown, ada, ["loading", "Ada"]],
  ])("one change where the session's answer differs: %s", async (_, initialSnapshot, user, expected) => {
    const { session } = createTestSession({ start: false, ...(user === undefined ? {} : { user }) });
    const { component, said } = remembering();
    const page = { component, initialSnapshot };
    const root = await serve(session, page);
    said.length = 0;
    takeOver(root, session, page);
    await session.ready();
    await nextTick();
    expect(said).toEqual(expected);
    expect(root.innerHTML).toBe(`<main><p>${expected[1]}</p><p>${expected[1]}</p></main>`);
  });

  it("what the session knew before is shown once everything is hydrated", async () => {
    const { session } = await adaSignedIn();
    await session.signOut();
    const { component, said } = remembering();
    const page = { component, initialSnapshot: known };
    const root = await serve(session, page);
    said.length = 0;
    takeOver(root, session, page);
    expect(root.innerHTML).toBe("<main><p>Ada</p><p>Ada</p></main>");
    await nextTick();
    expect(said).toEqual(["Ada", "unauthenticated"]);
    expect(root.innerHTML).toBe("<main><p>unauthenticated</p><p>unauthenticated</p></main>");
  });

  it("an outage meanwhile does not take back what the server said", async () => {
    const { session, backend, clock } = createTestSession({ user: ada, start: false });
    backend.trouble = { code: "network" };
    const page = { component: Who, initialSnapshot: known };
    const root = await serve(session, page);
    takeOver(root, session, page);
    await clock.advance(120_000);
    expect(session.getSnapshot()).toEqual({ status: "loading", problem: "network" });
    expect(root.textContent).toBe("Ada");
    backend.trouble = null;
    await session.signOut();
    await nextTick();
    expect(root.textContent).toBe("unauthenticated");
  });
});

it("where the server does not know who is signed in, a page tells of an outage", async () => {
  const { session, backend, clock } = createTestSession({ user: ada, start: false });
  backend.trouble = { code: "network" };
  const Problem: Component = {
    setup() {
      const { problem } = useSession();
      return () => problem.value ?? "fine";
    },
  };
  const page = { component: Problem, initialSnapshot: unknown };
  const root = await serve(session, page);
  takeOver(root, session, page);
  await clock.advance(120_000);
  expect(root.textContent).toBe("network");
});

it("the session is started once, and let go as the application is unmounted", async () => {
  const { session, calls, subscribers } = counted(createTestSession({ user: ada, start: false }).session);
  const app = createApp(Who).use(createLockstep({ session, initialSnapshot: known }));
  app.mount(document.createElement("div"));
  expect([calls.start, subscribers()]).toEqual([1, 1]);
  app.unmount();
  expect([calls.dispose, subscribers()]).toEqual([0, 0]);
});

it("a component that comes later sees what the session is by then, not what the server said", async () => {
  const { session } = await adaSignedIn();
  await session.signOut();
  const { component, said } = remembering();
  const isShown = ref(false);
  const page = {
    component: () => h("div", isShown.value ? h(component) : undefined),
    initialSnapshot: known,
  };
  takeOver(await serve(session, page), session, page);
  isShown.value = true;
  await nextTick();
  expect(said).toEqual(["unauthenticated"]);
});
