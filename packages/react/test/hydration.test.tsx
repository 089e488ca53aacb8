// @vitest-environment happy-dom
import { SessionProvider, useSession, type RegisteredSnapshot } from "@lockstep/react";
import type { Session } from "@lockstep/core";
import { createTestSession } from "@lockstep/testing";
import { act, lazy, Suspense, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { countListeners } from "./listeners.js";
import { ada, adaOnServer, expectNoWarnings, hydrate, loading, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

const signedOut: RegisteredSnapshot = { status: "unauthenticated", reason: "no-session" };

/** A component that writes down what it saw. */
function recorder() {
  const seen: string[] = [];
  function Status(): ReactNode {
    const { status } = useSession();
    seen.push(status);
    return <p>{status}</p>;
  }
  return { seen, Status };
}

const mismatches: unknown[] = [];
const onMismatch = (error: unknown): void => void mismatches.push(error);

/** Renders on a server, where no session ever starts, and hydrates. */
async function hydrateWith(page: (session: Session) => ReactNode, session: Session) {
  const html = renderToString(page(createTestSession({ start: false }).session));
  return { html, page: await hydrate(html, page(session), onMismatch) };
}

describe("a page that a server rendered", () => {
  it("hydrates as loading if the server did not say who is signed in, though the session is known already", async () => {
    const { session } = await signedIn();
    const { seen, Status } = recorder();
    const { html, page } = await hydrateWith(
      (each) => (
        <WithSession session={each}>
          <Status />
        </WithSession>
      ),
      session,
    );
    expect(html).toBe("<p>loading</p>");
    expect(page.text()).toBe("authenticated");
    expect(seen).toEqual(["loading", "loading", "authenticated"]);
    expect(mismatches).toEqual([]);
  });

  it("renders nothing again while nothing is known", async () => {
    const { session, clock } = createTestSession({ user: ada, start: false, latencyMs: 1_000 });
    const { seen, Status } = recorder();
    await hydrateWith(
      (each) => (
        <WithSession session={each}>
          <Status />
        </WithSession>
      ),
      session,
    );
    expect(seen).toEqual(["loading", "loading"]);
    await act(() => clock.advance(2_000));
    expect(seen).toEqual(["loading", "loading", "authenticated"]);
  });

  it("is right from the first paint on with initialSnapshot, and rendered no more if the session agrees", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    let renders = 0;
    function Name(): ReactNode {
      renders += 1;
      return useSession((now) => (now.status === "authenticated" ? (now.user as typeof ada).name : "nobody"));
    }
    const { html, page } = await hydrateWith(
      (each) => (
        <SessionProvider session={each} initialSnapshot={adaOnServer}>
          <Name />
        </SessionProvider>
      ),
      session,
    );
    expect(html).toBe("Ada");
    expect(session.getSnapshot().status).toBe("authenticated");
    expect(page.text()).toBe("Ada");
    expect(renders).toBe(2);
    expect(mismatches).toEqual([]);
  });

  it("changes once if the server saw somebody and the session knows of nobody", async () => {
    const { session } = createTestSession({ start: false });
    const { seen, Status } = recorder();
    const { page } = await hydrateWith(
      (each) => (
        <SessionProvider session={each} initialSnapshot={adaOnServer}>
          <Status />
        </SessionProvider>
      ),
      session,
    );
    expect(page.text()).toBe("unauthenticated");
    expect(seen).toEqual(["authenticated", "authenticated", "unauthenticated"]);
    expect(mismatches).toEqual([]);
  });

  it("changes once if the server saw nobody and the session was begun meanwhile", async () => {
    const { session } = await signedIn();
    const { seen, Status } = recorder();
    await hydrateWith(
      (each) => (
        <SessionProvider session={each} initialSnapshot={signedOut}>
          <Status />
        </SessionProvider>
      ),
      session,
    );
    expect(seen).toEqual(["unauthenticated", "unauthenticated", "authenticated"]);
    expect(mismatches).toEqual([]);
  });

  it("L4: keeps what the server saw until the session knows, through an outage too", async () => {
    const { session, backend, clock } = createTestSession({ user: ada, start: false });
    backend.trouble = { code: "network" };
    const { seen, Status } = recorder();
    const { page } = await hydrateWith(
      (each) => (
        <SessionProvider session={each} initialSnapshot={adaOnServer}>
          <Status />
        </SessionProvider>
      ),
      session,
    );
    await act(() => clock.advance(20_000));
    expect(session.getSnapshot()).toEqual({ status: "loading", problem: "network" });
    expect(page.text()).toBe("authenticated");
    backend.trouble = null;
    await act(() => clock.advance(600_000));
    expect(session.getSnapshot().status).toBe("authenticated");
    expect(new Set(seen)).toEqual(new Set(["authenticated"]));
  });

  it("hydrates a part that is loaded late as the server sent it, though the sign-out came before", async () => {
    const { session, listeners } = countListeners((await signedIn()).session);
    const { seen, Status } = recorder();
    let arrive: () => void = () => undefined;
    const Late = lazy(
      () =>
        new Promise<{ default: typeof Status }>((resolve) => (arrive = () => resolve({ default: Status }))),
    );
    const tree = (child: ReactNode): ReactNode => (
      <SessionProvider session={session} initialSnapshot={adaOnServer}>
        <Suspense fallback="…">{child}</Suspense>
      </SessionProvider>
    );
    const page = await hydrate(renderToString(tree(<Status />)), tree(<Late />), onMismatch);
    await act(() => session.signOut());
    expect(page.text()).toBe("authenticated");
    await act(async () => arrive());
    expect(page.text()).toBe("unauthenticated");
    expect(seen).toEqual(["authenticated", "authenticated", "unauthenticated"]);
    expect(mismatches).toEqual([]);
    await page.leave();
    expect(listeners()).toBe(0);
  });
});

describe("initialSnapshot without a server", () => {
  it("is right from the first paint on, and read once", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const { seen, Status } = recorder();
    const idle = { ...session, start: () => undefined };
    const page = await show(
      <SessionProvider session={idle} initialSnapshot={adaOnServer}>
        <Status />
      </SessionProvider>,
    );
    await page.show(
      <SessionProvider session={idle} initialSnapshot={loading}>
        <Status />
      </SessionProvider>,
    );
    expect(new Set(seen)).toEqual(new Set(["authenticated"]));
    await act(async () => session.start());
    await act(() => session.signOut());
    expect(page.text()).toBe("unauthenticated");
    expect(new Set(seen)).toEqual(new Set(["authenticated", "unauthenticated"]));
  });
});
