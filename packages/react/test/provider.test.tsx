// @vitest-environment happy-dom
import { SignedIn, useSession, useUser } from "@lockstep/react";
import { createTestSession } from "@lockstep/testing";
import { act, useState, type ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { countListeners } from "./listeners.js";
import { expectNoWarnings, grace, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

const Status = (): ReactNode => useSession().status;
const User = (): ReactNode => JSON.stringify(useUser());
const Picked = (): ReactNode => useSession(({ status }) => status);

describe("the provider", () => {
  it("starts the session once it has mounted, and never disposes it", async () => {
    const { session, calls } = countListeners(createTestSession({ user: "ada", start: false }).session);
    expect(session.getSnapshot().status).toBe("loading");
    const page = await show(
      <WithSession session={session}>
        <Status />
      </WithSession>,
    );
    expect(page.text()).toBe("authenticated");
    await page.leave();
    expect(calls).toMatchObject({ start: 1, dispose: 0 });
    await expect(session.getAccessToken()).resolves.toBeTypeOf("string");
  });

  it("leaves no listener behind, of components that go and of the whole page", async () => {
    const { session, listeners } = countListeners((await signedIn()).session);
    const all = (
      <WithSession session={session}>
        <Status />
        <User />
        <Picked />
        <SignedIn>in</SignedIn>
      </WithSession>
    );
    const page = await show(all);
    expect(listeners()).toBe(4);
    await page.show(
      <WithSession session={session}>
        <Status />
      </WithSession>,
    );
    expect(listeners()).toBe(1);
    await page.show(all);
    await page.leave();
    expect(listeners()).toBe(0);
  });

  it("listens once for each component, however often that is rendered with a new selector", async () => {
    const { session, calls } = countListeners((await signedIn()).session);
    const page = await show(null);
    for (let render = 0; render < 20; render += 1)
      await page.show(
        <WithSession session={session}>
          <Picked />
        </WithSession>,
      );
    expect(calls).toMatchObject({ subscribe: 1, start: 1 });
  });

  it("renders nothing below it when it is itself rendered again", async () => {
    const { session } = await signedIn();
    let renders = 0;
    let again: (count: number) => void = () => undefined;
    function Child(): ReactNode {
      renders += 1;
      return useSession().status;
    }
    function App({ children }: { readonly children: ReactNode }): ReactNode {
      [, again] = useState(0);
      return <WithSession session={session}>{children}</WithSession>;
    }
    await show(
      <App>
        <Child />
      </App>,
    );
    await act(async () => again(1));
    expect(renders).toBe(1);
  });
});

describe("another session in its place", () => {
  it("is started, shown and listened to; the one before is let go, and goes on living", async () => {
    const first = countListeners((await signedIn()).session);
    const second = createTestSession({ user: grace, start: false });
    const counted = countListeners(second.session);
    const page = await show(
      <WithSession session={first.session}>
        <User />
        <Picked />
      </WithSession>,
    );
    expect(page.text()).toBe('{"id":"ada","name":"Ada"}authenticated');
    await page.show(
      <WithSession session={counted.session}>
        <User />
        <Picked />
      </WithSession>,
    );
    expect(page.text()).toBe('{"id":"grace","name":"Grace"}authenticated');
    expect([first.listeners(), counted.listeners()]).toEqual([0, 2]);
    expect([first.calls.dispose, counted.calls.start]).toEqual([0, 1]);

    await act(() => first.session.signOut());
    expect(page.text()).toContain("Grace");
    await act(() => second.session.signOut());
    expect(page.text()).toBe("nullunauthenticated");
  });

  it("brings its own actions with it", async () => {
    const [first, second] = [(await signedIn()).session, (await signedIn()).session];
    let signOut: typeof first.signOut | null = null;
    function Button(): ReactNode {
      ({ signOut } = useSession());
      return null;
    }
    const page = await show(
      <WithSession session={first}>
        <Button />
      </WithSession>,
    );
    expect(signOut).toBe(first.signOut);
    await page.show(
      <WithSession session={second}>
        <Button />
      </WithSession>,
    );
    expect(signOut).toBe(second.signOut);
  });
});
