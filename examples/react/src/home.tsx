/** What somebody who is signed in sees. */
import { useSession } from "@lockstep/react";
import { useState, type ReactNode } from "react";
import { DevicesPanel } from "./devices-panel.tsx";
import { IdleNotice } from "./idle-notice.tsx";
import { NotesPanel } from "./notes-panel.tsx";
import { PasskeyPanel } from "./passkey-panel.tsx";
import { PasswordPanel } from "./password-panel.tsx";
import type { User } from "./session.ts";
import { SignInForm } from "./sign-in-form.tsx";

const pages = ["Notes", "My devices"] as const;

export function Home({ user }: { readonly user: User }): ReactNode {
  const { signOut } = useSession();
  const [isSwitching, setSwitching] = useState(false);
  const [shown, setShown] = useState<(typeof pages)[number]>("Notes");

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
      <IdleNotice />
      {isSwitching && <SignInForm onSignedIn={() => setSwitching(false)} />}
      <nav>
        {pages.map((page) => (
          <button key={page} aria-current={page === shown && "page"} onClick={() => setShown(page)}>
            {page}
          </button>
        ))}
      </nav>
      {shown === "Notes" && <NotesPanel />}
      {shown === "My devices" && (
        <>
          <DevicesPanel />
          <PasswordPanel />
          <PasskeyPanel />
        </>
      )}
    </>
  );
}

/** A selector: rendered again when what it returns changes. */
function ConnectionStatus(): ReactNode {
  const hasProblem = useSession((now) => now.status === "authenticated" && now.problem !== null);
  return hasProblem && <p role="status">The server cannot be reached. You stay signed in.</p>;
}
