/** Asks whether somebody is still there, in every tab; whatever the user does in one of them answers for all. */
import { useIdleWarning } from "@lockstep/react";
import type { ReactNode } from "react";

export function IdleNotice(): ReactNode {
  const warning = useIdleWarning();
  return (
    warning && (
      <div className="notice" role="alertdialog" aria-label="Are you still there?">
        <p>
          Are you still there? You will be signed out in <strong>{warning.secondsLeft} s</strong>.
        </p>
        <button onClick={warning.staySignedIn}>Stay signed in</button>
      </div>
    )
  );
}
