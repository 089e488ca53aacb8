/** Three pages, one for each status of the session. */
import { useSession } from "@lockstep/react";
import type { ReactNode } from "react";
import { Home } from "./home.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { SignOutReason } from "./sign-out-reason.tsx";

export function App(): ReactNode {
  const session = useSession();
  switch (session.status) {
    case "loading":
      return <p className="quiet">One moment …</p>;
    case "unauthenticated":
      return (
        <>
          <SignOutReason reason={session.reason} />
          <SignInForm />
        </>
      );
    case "authenticated":
      // Another user is another page: nothing of the former one is left on it. A step-up leaves everything where it is.
      return <Home key={session.user.id} user={session.user} />;
  }
}
