/** What a server may render, in every way that React has for it. */
import { createSession, type Session } from "@lockstep/core";
import {
  RequireSession,
  SessionProvider,
  SignedIn,
  SignedOut,
  useSession,
  useUser,
  type RegisteredSnapshot,
} from "@lockstep/react";
import { lazy, Suspense, type ReactNode } from "react";
import { expect, it, vi } from "vitest";
import { countListeners } from "./listeners.js";
import { ada, adaOnServer, grace, seenOnServer } from "./page.js";

/** As in an application: one for the life of the process, whoever asks. */
const session = createSession();

function Name(): ReactNode {
  const user = useUser() as typeof ada | null;
  return user?.name ?? "nobody";
}

function Status(): ReactNode {
  const view = useSession();
  return useSession(({ status }) => `${view.status}, ${status}`);
}

const Late = lazy(async () => ({ default: Name }));

interface PageProps {
  readonly of: Session;
  readonly seen?: RegisteredSnapshot;
  readonly children?: ReactNode;
}

function Page({ of, seen, children }: PageProps): ReactNode {
  return (
    <SessionProvider session={of} {...(seen === undefined ? {} : { initialSnapshot: seen })}>
      <p>
        <Name />: <Status />
      </p>
      <SignedIn>in</SignedIn>
      <SignedOut>out</SignedOut>
      <RequireSession fallback="the form" loading="One moment …">
        the page
      </RequireSession>
      {children}
    </SessionProvider>
  );
}

export type Render = (element: ReactNode) => string | Promise<string>;

const plain = (html: string): string => html.replaceAll(/<!--.*?-->/g, "");

/** What each way of rendering promises. */
export function itRenders(render: Render): void {
  it("renders a session that is not known yet", async () => {
    expect(plain(await render(<Page of={session} />))).toBe("<p>nobody: loading, loading</p>One moment …");
  });

  it("renders whom the server saw", async () => {
    expect(plain(await render(<Page of={session} seen={adaOnServer} />))).toBe(
      "<p>Ada: authenticated, authenticated</p>inthe page",
    );
    expect(
      plain(await render(<Page of={session} seen={{ status: "unauthenticated", reason: "no-session" }} />)),
    ).toBe("<p>nobody: unauthenticated, unauthenticated</p>outthe form");
  });

  it("mixes up no two users whose pages are rendered at a time", async () => {
    const users = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ada : grace));
    const pages = await Promise.all(
      users.map(async (user) => render(<Page of={session} seen={seenOnServer(user)} />)),
    );
    expect(pages.map((page) => /Ada|Grace/.exec(page)?.[0])).toEqual(users.map(({ name }) => name));
  });

  it("neither starts the session nor leaves a listener in it, after 500 pages", async () => {
    const fetch = vi.spyOn(globalThis, "fetch");
    const counted = countListeners(session);
    for (let page = 0; page < 500; page += 1) await render(<Page of={counted.session} seen={adaOnServer} />);
    expect(counted.calls).toEqual({ subscribe: 0, start: 0, dispose: 0 });
    expect(counted.session.getSnapshot()).toEqual({ status: "loading", problem: null });
    expect(fetch).not.toHaveBeenCalled();
  });
}

/** What those promise that wait for what is still being loaded. */
export function itWaits(render: Render): void {
  it("renders a part that is loaded late with whom the server saw", async () => {
    const html = await render(
      <Page of={session} seen={adaOnServer}>
        <Suspense fallback="…">
          <h1>
            <Late />
          </h1>
        </Suspense>
      </Page>,
    );
    expect(plain(html)).toContain("<h1>Ada</h1>");
  });
}
