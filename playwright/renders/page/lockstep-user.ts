/** What the pages of Lockstep do alike, whatever the framework. */
import type { Session, SessionOptions } from "@lockstep/core";

/** An open stream is a request that is never answered, and the clocks here jump: what it costs is counted in `events.spec.ts`. */
export const options: SessionOptions = { events: false };

export function nameOf(user: unknown): string {
  return (user as { readonly name: string }).name;
}

export function signInWith(session: Session): Promise<unknown> {
  return session.signIn(() => fetch("/login?user=ann", { method: "POST" }));
}
