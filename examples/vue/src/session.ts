/** The session of this application: one for all of its tabs. */
import { createSession, type Session } from "@lockstep/core";

/** What the server's login says of a user. */
export interface User {
  readonly id: string;
  readonly name: string;
}

/** Nothing happens yet: the plugin in `main.ts` starts it. */
export const session: Session<unknown, User> = createSession();

declare module "@lockstep/vue" {
  interface Register {
    session: typeof session;
  }
}
