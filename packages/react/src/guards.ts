"use client";
/**
 * Components that show their children to some. For what is on the screen only: whoever can read the page's script can
 * read its components, and only the server decides what a request may have.
 */
import type { ReactNode } from "react";
import type { RegisteredSnapshot } from "./register.js";
import { useSession } from "./use-session.js";

const statusOf = ({ status }: RegisteredSnapshot): RegisteredSnapshot["status"] => status;

export interface GuardProps {
  readonly children?: ReactNode;
}

/** Shows its children while somebody is signed in. */
export function SignedIn({ children }: GuardProps): ReactNode {
  return useSession(statusOf) === "authenticated" ? children : null;
}

/** Shows its children while nobody is signed in; not while that is unknown. */
export function SignedOut({ children }: GuardProps): ReactNode {
  return useSession(statusOf) === "unauthenticated" ? children : null;
}

export interface RequireSessionProps extends GuardProps {
  /** Shown in their place while nobody is signed in, such as a sign-in form or a redirection. */
  readonly fallback: ReactNode;
  /** Shown until it is known whether somebody is signed in. Default nothing. */
  readonly loading?: ReactNode;
}

/** Shows its children to whoever is signed in, and everyone else the fallback. */
export function RequireSession({ children, fallback, loading = null }: RequireSessionProps): ReactNode {
  const shown = { authenticated: children, unauthenticated: fallback, loading };
  return shown[useSession(statusOf)];
}
