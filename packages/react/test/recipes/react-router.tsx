/** React Router: pages for whoever is signed in, and a sign-in page that everyone else is led to. */
import type { SessionSnapshot } from "@lockstep/core";
import { RequireSession, useSession, useUser, type RegisteredSession } from "@lockstep/react";
import { useState, type ComponentProps, type ReactNode } from "react";
import { createBrowserRouter, redirect, useLoaderData, type LoaderFunctionArgs } from "react-router";

interface Note {
  readonly id: string;
  readonly text: string;
}

const sessionIdOf = (now: SessionSnapshot) => (now.status === "authenticated" ? now.sessionId : null);

/** Where to go after the sign-in. The address bar is anybody's to write: a path of this site only. */
const readBack = (back: string | null) => (back !== null && /^\/(?!\/)[^\s\\]*$/.test(back) ? back : "/");

export function createAppRouter(session: RegisteredSession) {
  /** A loader that runs for whoever is signed in. */
  function signedIn<Data>(load: (request: Request) => Promise<Data>) {
    return async ({ request }: LoaderFunctionArgs) => {
      const { status } = await session.ready();
      if (status === "authenticated") return load(request);
      const { pathname, search } = new URL(request.url);
      return redirect(`/sign-in?${new URLSearchParams({ back: pathname + search }).toString()}`);
    };
  }

  const router = createBrowserRouter([
    {
      HydrateFallback: () => <p>One moment …</p>,
      children: [
        {
          path: "/sign-in",
          Component: SignInPage,
          async loader({ request }) {
            const { status } = await session.ready();
            const back = readBack(new URL(request.url).searchParams.get("back"));
            return status === "authenticated" ? redirect(back) : null;
          },
        },
        {
          path: "/",
          Component: NotesPage,
          loader: signedIn(async ({ signal }): Promise<Note[]> => {
            const response = await session.fetch("/api/notes", { signal });
            if (!response.ok) throw new Error("The notes could not be loaded.");
            return response.json();
          }),
        },
      ],
    },
  ]);

  // A sign-in, a sign-out or a switch, in whichever tab: the loaders decide anew what this page may show.
  session.subscribe((now, before) => {
    if (before.status !== "loading" && sessionIdOf(now) !== sessionIdOf(before)) void router.revalidate();
  });
  return router;
}

function NotesPage(): ReactNode {
  const notes = useLoaderData<Note[]>();
  const user = useUser() as { readonly name: string } | null;
  const { signOut } = useSession();
  // A sign-out empties the page at once; the loader leads away from it a moment later.
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
