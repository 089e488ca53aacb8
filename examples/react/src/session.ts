/** The session of this application: one for all of its tabs. */
import { createSession, type Session } from "@lockstep/core";
import { askUser } from "./step-up.ts";

/** What the server's login says of a user. */
export interface User {
  readonly id: string;
  readonly name: string;
}

/** Nothing happens yet: `SessionProvider` starts it. */
export const session: Session<unknown, User> = createSession({ stepUp: askUser });

declare module "@lockstep/react" {
  interface Register {
    session: typeof session;
  }
}
