/** The session of this page, and its history from the first event on. */
import { createSession, type Inspected, type Session } from "@lockstep/core";
import { askForPassword } from "./step-up-dialog.ts";

/** As the server's login describes a user. */
export interface User {
  readonly id: string;
  readonly name: string;
}

export type DemoSession = Session<unknown, User>;

/** An afternoon of one tab. */
const longestHistory = 2_000;

declare global {
  interface Window {
    /** For the console, and for the check: try `await lockstepDemo.session.refresh()`. */
    lockstepDemo: { readonly session: DemoSession; readonly history: readonly Inspected[] };
  }
}

/** Creates the session and shows it to the console. It is not started yet: whoever wants every event subscribes first. */
export function createDemoSession(): DemoSession {
  const session: DemoSession = createSession({ stepUp: askForPassword });
  const history: Inspected[] = [];
  session.inspect((event) => {
    history.push(event);
    if (history.length > longestHistory) history.shift();
  });
  window.lockstepDemo = { session, history };
  return session;
}
