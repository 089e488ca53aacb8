/** What the pages of Lockstep do alike, whatever the framework. */
import type { Session } from "@lockstep/core";

export function nameOf(user: unknown): string {
  return (user as { readonly name: string }).name;
}

export function signInWith(session: Session): Promise<unknown> {
  return session.signIn(() => fetch("/login?user=ann", { method: "POST" }));
}
