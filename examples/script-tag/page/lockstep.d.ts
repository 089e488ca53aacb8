/** What the script tag brings, for editors and type checks; the browser never sees this file. */
import type { isSessionError, Session, SessionSnapshot } from "@lockstep/core";

/** What the server's login says of a user. */
interface User {
  readonly id: string;
  readonly name: string;
}

declare global {
  const Lockstep: {
    readonly session: Session<unknown, User>;
    readonly isSessionError: typeof isSessionError;
  };

  interface DocumentEventMap {
    "lockstep:change": CustomEvent<SessionSnapshot<unknown, User>>;
  }
}
