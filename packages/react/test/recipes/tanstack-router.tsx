/** TanStack Router: pages for whoever is signed in, and a sign-in page that everyone else is led to. */
import type { SessionSnapshot } from "@lockstep/core";
import { RequireSession, useSession, useUser, type RegisteredSession } from "@lockstep/react";
import { createRootRouteWithContext, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { useState, type ComponentProps, type ReactNode } from "react";

interface Note {
  readonly id: string;
  readonly text: string;
}

const sessionIdOf = (now: SessionSnapshot) => (now.status === "authenticated" ? now.sessionId : null);

/** Where to go after the sign-in. The address bar is anybody's to write: a path of this site only. */
const readBack = (back: unknown) =>
  typeof back === "string" && /^\/(?!\/)[^\s\\]*$/.test(back) ? back : "/";

const root = createRootRouteWithContext<{ readonly session: RegisteredSession }>()();

const signInRoute = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: ({ back }) => ({ back: readBack(back) }),
  async beforeLoad({ context: { session }, search: { back } }) {
    const { status } = await session.ready();
    if (status === "authenticated") redirect({ href: back, throw: true });
  },
  component: SignInPage,
});

/** Put every route that needs a session below this one. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  async beforeLoad({ context: { session }, location }) {
    const { status } = await session.ready();
    if (status !== "authenticated")
      redirect({ to: "/sign-in", search: { back: location.href }, throw: true });
  },
});

const notesRoute = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  async loader({ context: { session }, abortController: { signal } }): Promise<Note[]> {
    const response = await session.fetch("/api/notes", { signal });
    if (!response.ok) throw new Error("The notes could not be loaded.");
    return response.json();
  },
  component: NotesPage,
});

export function createAppRouter(session: RegisteredSession) {
  const router = createRouter({
    routeTree: root.addChildren([signInRoute, signedIn.addChildren([notesRoute])]),
    context: { session },
    defaultPendingComponent: () => <p>One moment …</p>,
  });

  // A sign-in, a sign-out or a switch, in whichever tab: the routes decide anew what this page may show.
  session.subscribe((now, before) => {
    if (before.status !== "loading" && sessionIdOf(now) !== sessionIdOf(before)) void router.invalidate();
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

function NotesPage(): ReactNode {
  const notes = notesRoute.useLoaderData();
  const user = useUser() as { readonly name: string } | null;
  const { signOut } = useSession();
  // A sign-out empties the page at once; the route leads away from it a moment later.
  return (
    <RequireSession fallback={null}>
      <h1>Notes of {user?.name}</h1>
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
      <button onClick={() => void signOut()}>Sign out</button>
    </RequireSession>
  );
}

function SignInPage(): ReactNode {
  const { signIn } = useSession();
  const [hasFailed, setFailed] = useState(false);
  const submit: ComponentProps<"form">["onSubmit"] = (event) => {
    event.preventDefault();
    const body = new FormData(event.currentTarget);
    signIn(() => fetch("/sign-in", { method: "POST", body })).catch(() => setFailed(true));
  };
  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      <input name="name" aria-label="Name" autoComplete="username" />
      <input name="password" aria-label="Password" type="password" autoComplete="current-password" />
      <button>Sign in</button>
      {hasFailed && <p role="alert">That did not work.</p>}
    </form>
  );
}
