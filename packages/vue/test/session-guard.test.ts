// @vitest-environment happy-dom
import type { RegisteredSession } from "@lockstep/vue";
import { isSessionError } from "@lockstep/core";
import { createTestSession } from "@lockstep/testing";
import { createSessionGuard } from "@lockstep/vue";
import {
  createMemoryHistory,
  createRouter,
  isNavigationFailure,
  NavigationFailureType,
  type RouteLocationNormalized,
  type RouteLocationRaw,
  type Router,
} from "vue-router";
import { describe, expect, it, vi } from "vitest";
import { ada, adaSignedIn } from "./mount.js";

const page = { render: () => null };

/** A shop with a part for signed-in people, whose catalogue is for everyone. */
function shop(
  session: RegisteredSession,
  signIn: RouteLocationRaw | ((to: RouteLocationNormalized) => RouteLocationRaw) = "/sign-in",
): Router {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: "/", component: page },
      { path: "/sign-in", name: "sign-in", component: page },
      {
        path: "/account",
        component: page,
        meta: { requiresSession: true },
        children: [
          { path: "orders", component: page },
          { path: "catalogue", component: page, meta: { requiresSession: false } },
        ],
      },
    ],
  });
  router.beforeEach(createSessionGuard({ session, signIn }));
  return router;
}

describe("somebody who is signed in", () => {
  it.each(["/", "/account", "/account/orders"])("gets to %s", async (path) => {
    const router = shop((await adaSignedIn()).session);
    await router.push(path);
    expect(router.currentRoute.value.path).toBe(path);
  });
});

describe("somebody who is not", () => {
  it.each(["/", "/account/catalogue"])("gets to %s, which needs no session", async (path) => {
    const router = shop(createTestSession().session);
    await router.push(path);
    expect(router.currentRoute.value.path).toBe(path);
  });

  it.each(["/account", "/account/orders"])("is led to the sign-in instead of %s", async (path) => {
    const router = shop(createTestSession().session);
    await router.push(path);
    expect(router.currentRoute.value.path).toBe("/sign-in");
  });

  it("is led to a named location", async () => {
    const router = shop(createTestSession().session, { name: "sign-in", query: { why: "account" } });
    await router.push("/account");
    expect(router.currentRoute.value.fullPath).toBe("/sign-in?why=account");
  });

  it("can be led back: the sign-in is told where one was going", async () => {
    const router = shop(createTestSession().session, (to) => ({
      name: "sign-in",
      query: { back: to.fullPath },
    }));
    await router.push("/account/orders?page=2#last");
    expect(router.currentRoute.value.query).toEqual({ back: "/account/orders?page=2#last" });
  });

  it("gets where one was going, once signed in", async () => {
    const { session, backend } = createTestSession();
    const router = shop(session);
    await router.push("/account");
    await session.signIn(() => backend.logIn(ada));
    await router.push("/account");
    expect(router.currentRoute.value.path).toBe("/account");
  });

  it("is led away after a sign-out in another tab, at the next step", async () => {
    const { session, openTab } = await adaSignedIn();
    const router = shop(session);
    await router.push("/account");
    await openTab().session.signOut();
    await router.push("/account/orders");
    expect(router.currentRoute.value.path).toBe("/sign-in");
  });
});

describe("while it is not known who is signed in", () => {
  it("a route that needs a session waits for the answer, and starts the session for it", async () => {
    const { session, clock } = createTestSession({ user: ada, start: false, latencyMs: 5_000 });
    const router = shop(session);
    const arrived = vi.fn<() => void>();
    const pushed = router.push("/account").then(arrived);
    await clock.advance(4_000);
    expect(arrived).not.toHaveBeenCalled();
    await clock.advance(10_000);
    await pushed;
    expect(router.currentRoute.value.path).toBe("/account");
  });

  it("a route that needs none does not wait, and starts nothing", async () => {
    const { session, backend } = createTestSession({ user: ada, start: false });
    backend.trouble = "silence";
    const router = shop(session);
    await router.push("/");
    expect([router.currentRoute.value.matched.length, session.getSnapshot().status]).toEqual([1, "loading"]);
    expect(backend.refreshes).toHaveLength(0);
  });

  it("whoever goes elsewhere meanwhile is not called back", async () => {
    const { session, clock } = createTestSession({ latencyMs: 5_000, user: ada });
    const router = shop(session);
    const waiting = router.push("/account");
    await router.push("/sign-in");
    await clock.advance(20_000);
    expect(isNavigationFailure(await waiting, NavigationFailureType.cancelled)).toBe(true);
    expect(router.currentRoute.value.path).toBe("/sign-in");
  });

  it("L7: an answer that never comes ends the navigation with an error that router.onError hears", async () => {
    const { session, backend, clock } = createTestSession({ user: ada, start: false });
    backend.trouble = "silence";
    const router = shop(session);
    const heard: unknown[] = [];
    router.onError((error) => void heard.push(error));
    const failure: Promise<unknown> = router.push("/account").catch((error: unknown) => error);
    await clock.advance(61_000);
    const error = await failure;
    expect([isSessionError(error), error]).toEqual([true, expect.objectContaining({ code: "timeout" })]);
    expect(heard).toEqual([error]);
    expect(router.currentRoute.value.matched).toEqual([]);
  });
});

it("which routes need a session can be the application's own rule", async () => {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: "/sign-in", name: "sign-in", component: page },
      { path: "/:rest(.*)", component: page },
    ],
  });
  router.beforeEach(
    createSessionGuard({
      session: createTestSession().session,
      signIn: { name: "sign-in" },
      requiresSession: (to: RouteLocationNormalized) => to.name !== "sign-in",
    }),
  );
  await router.push("/anything");
  expect(router.currentRoute.value.name).toBe("sign-in");
});
