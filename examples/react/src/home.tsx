/** What somebody who is signed in sees. */
import { useSession } from "@lockstep/react";
import { useState, type ReactNode } from "react";
import { NotesPanel } from "./notes-panel.tsx";
import type { User } from "./session.ts";
import { SignInForm } from "./sign-in-form.tsx";

export function Home({ user }: { readonly user: User }): ReactNode {
  const { signOut } = useSession();
  const [isSwitching, setSwitching] = useState(false);

  return (
    <>
      <header className="who">
        <p>
          Signed in as <strong>{user.name}</strong>
        </p>
        <button aria-expanded={isSwitching} onClick={() => setSwitching(!isSwitching)}>
          Switch account
        </button>
        <button onClick={() => void signOut()}>Sign out</button>
      </header>
      <ConnectionStatus />
      {isSwitching && <SignInForm />}
      <NotesPanel />
    </>
  );
}

/** A selector: rendered again when what it returns changes. */
function ConnectionStatus(): ReactNode {
  const hasProblem = useSession((now) => now.status === "authenticated" && now.problem !== null);
  return hasProblem && <p role="status">The server cannot be reached. You stay signed in.</p>;
}
