// @vitest-environment happy-dom
import { createTestSession } from "@lockstep/testing";
import { createLockstep, useSession } from "@lockstep/vue";
import { createApp, h, nextTick } from "vue";
import { describe, expect, it } from "vitest";
import { ada, adaSignedIn, counted, mountWith, Who } from "./mount.js";
import { recordWarnings } from "./warnings.js";

const warnings = recordWarnings();

describe("the plugin", () => {
  it("starts the session as it is installed", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const watched = counted(session);
    createApp(Who).use(createLockstep({ session: watched.session }));
    expect(watched.calls.start).toBe(1);
    expect(await session.ready()).toMatchObject({ status: "authenticated", user: ada });
  });

  it("shows who is signed in as soon as that is known", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const { root } = mountWith(session, Who);
    expect(root.textContent).toBe("loading");
    await session.ready();
    await nextTick();
    expect(root.textContent).toBe("Ada");
  });

  it("shows at once what a session knows that was started before", async () => {
    const { session } = await adaSignedIn();
    expect(mountWith(session, Who).root.textContent).toBe("Ada");
  });

  it("subscribes once, whatever the number of components", async () => {
    const watched = counted((await adaSignedIn()).session);
    mountWith(watched.session, () => [Who, Who, Who].map((each) => h(each)));
    expect(watched.subscribers()).toBe(1);
  });

  it("unsubscribes as the application is unmounted, and does not dispose the session", async () => {
    const { session } = await adaSignedIn();
    const watched = counted(session);
    const { app, root } = mountWith(watched.session, Who);
    app.unmount();
    expect(root.innerHTML).toBe("");
    expect(watched.subscribers()).toBe(0);
    expect(watched.calls.dispose).toBe(0);
    expect(await session.getAccessToken()).toEqual(expect.any(String));
  });

  it("hands one session to several applications; each goes by itself", async () => {
    const { session } = await adaSignedIn();
    const watched = counted(session);
    const [first, second] = [mountWith(watched.session, Who), mountWith(watched.session, Who)];
    first.app.unmount();
    expect(watched.subscribers()).toBe(1);
    await session.signOut();
    await nextTick();
    expect(second.root.textContent).toBe("unauthenticated");
  });

  it("can be installed again once its application is gone: one plugin, one application after the other", async () => {
    const { session } = await adaSignedIn();
    const plugin = createLockstep({ session });
    for (const _ of [1, 2]) {
      const root = document.createElement("div");
      const app = createApp(Who).use(plugin);
      app.mount(root);
      expect(root.textContent).toBe("Ada");
      app.unmount();
    }
  });
});

describe("useSession without the plugin", () => {
  it("says what to install when it is called outside of a component", () => {
    expect(() => useSession()).toThrow("app.use(createLockstep({ session }))");
    expect(warnings).toContainEqual(expect.stringContaining("inject() can only be used inside setup()"));
  });

  it("says so in a component, too", () => {
    const app = createApp(Who);
    expect(() => app.mount(document.createElement("div"))).toThrow("app.use(createLockstep({ session }))");
  });
});
