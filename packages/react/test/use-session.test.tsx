// @vitest-environment happy-dom
import { useSession, useUser, type SessionActions, type SessionView } from "@lockstep/react";
import { createTestSession } from "@lockstep/testing";
import { act, type ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { ada, expectNoWarnings, grace, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

/** Writes down what each render saw. */
function Recorder({ seen }: { readonly seen: SessionView[] }): ReactNode {
  const session = useSession();
  seen.push(session);
  switch (session.status) {
    case "loading":
      return "One moment …";
    case "unauthenticated":
      return `signed out: ${session.reason}`;
    case "authenticated":
      return `signed in: ${JSON.stringify(session.user)}`;
  }
}

describe("useSession()", () => {
  it("is told apart by its status: unknown, signed in, signed out", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const seen: SessionView[] = [];
    const page = await show(
      <WithSession session={session}>
        <Recorder seen={seen} />
      </WithSession>,
    );
    expect(page.text()).toBe('signed in: {"id":"ada","name":"Ada"}');
    await act(() => session.signOut());
    expect(page.text()).toBe("signed out: signed-out");
    expect(seen.map(({ status }) => status)).toEqual(["loading", "authenticated", "unauthenticated"]);
  });

  it("L5: is everything the snapshot says, and no token", async () => {
    const { session } = await signedIn();
    const seen: SessionView[] = [];
    await show(
      <WithSession session={session}>
        <Recorder seen={seen} />
      </WithSession>,
    );
    expect(seen[0]).toMatchObject(session.getSnapshot());
    expect(JSON.stringify(seen)).not.toContain(await session.getAccessToken());
  });

  it("has the session's own functions, the same in every render", async () => {
    const { session, backend } = await signedIn();
    const seen: SessionActions[] = [];
    await show(
      <WithSession session={session}>
        <Recorder seen={seen as SessionView[]} />
      </WithSession>,
    );
    await act(() => session.signOut());
    await act(() => session.signIn(() => backend.logIn(grace)));
    expect(seen).toHaveLength(3);
    for (const view of seen)
      for (const name of ["signIn", "signOut", "refresh", "getAccessToken", "fetch"] as const)
        expect(view[name]).toBe(session[name]);
  });

  it("signs in, switches the account, asks the API and signs out with them", async () => {
    const { session, backend } = createTestSession();
    const seen: SessionView[] = [];
    const page = await show(
      <WithSession session={session}>
        <Recorder seen={seen} />
      </WithSession>,
    );
    const { signIn, signOut, fetch, getAccessToken, refresh } = seen[0]!;
    await act(() => signIn(() => backend.logIn(ada)));
    expect(page.text()).toContain("Ada");
    await act(() => signIn(() => backend.logIn(grace)));
    expect(page.text()).toContain("Grace");
    const before = await getAccessToken();
    await act(() => refresh());
    expect(await getAccessToken()).not.toBe(before);
    expect(await (await fetch("/api/me")).json()).toEqual({ user: grace });
    await act(() => signOut());
    expect(page.text()).toBe("signed out: signed-out");
  });

  it("is the same object in every component", async () => {
    const { session } = await signedIn();
    const seen: SessionView[] = [];
    await show(
      <WithSession session={session}>
        <Recorder seen={seen} />
        <Recorder seen={seen} />
      </WithSession>,
    );
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  it("L4: says what keeps the session from refreshing, and that it was kept", async () => {
    const { session, backend, clock } = await signedIn();
    function Problem(): ReactNode {
      const view = useSession();
      return view.status === "authenticated" ? `kept, ${view.problem ?? "no problem"}` : view.status;
    }
    const page = await show(
      <WithSession session={session}>
        <Problem />
      </WithSession>,
    );
    backend.trouble = { code: "network" };
    await act(() => clock.advance(600_000));
    expect(page.text()).toBe("kept, network");
    backend.trouble = null;
    await act(() => clock.advance(600_000));
    expect(page.text()).toBe("kept, no problem");
  });
});

describe("useUser()", () => {
  it("is who is signed in, and null while nobody is or it is not known yet", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const seen: unknown[] = [];
    function User(): ReactNode {
      seen.push(useUser());
      return null;
    }
    await show(
      <WithSession session={session}>
        <User />
      </WithSession>,
    );
    await act(() => session.signOut());
    expect(seen).toEqual([null, ada, null]);
  });
});
