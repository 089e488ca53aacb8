"use client";
/** Hands one session down the tree. */
import {
  createContext,
  createElement,
  useContext,
  useEffect,
  useMemo,
  useState,
  type Context,
  type ReactNode,
} from "react";
import type { RegisteredSession, RegisteredSnapshot } from "./register.js";

export interface SessionProviderProps {
  /** Made once, outside of React, with `createSession`. It is started when the provider has mounted, and never disposed. */
  readonly session: RegisteredSession;
  /**
   * Who the server saw, so that the first paint is right: rendered on the server, while hydrating, and until the session
   * knows better. Read once, and meant for this session: for another one it counts no more. Default: the status is
   * `loading`.
   */
  readonly initialSnapshot?: RegisteredSnapshot | undefined;
  readonly children?: ReactNode;
}

/** A session, and what to show of it where it is not known yet. */
export interface Source {
  readonly session: RegisteredSession;
  readonly read: () => RegisteredSnapshot;
  readonly readOnServer: () => RegisteredSnapshot;
}

const loading: RegisteredSnapshot = Object.freeze({ status: "loading", problem: null });

const SourceContext: Context<Source | null> = createContext<Source | null>(null);
SourceContext.displayName = "LockstepSession";

function createSource(session: RegisteredSession, initial: RegisteredSnapshot): Source {
  return {
    session,
    read() {
      const snapshot = session.getSnapshot();
      const isNews =
        snapshot.status !== "loading" ||
        (initial.status === "loading" && snapshot.problem !== initial.problem);
      return isNews ? snapshot : initial;
    },
    readOnServer: () => initial,
  };
}

/**
 * Gives the components below it a session. Renders nothing of its own, and never renders them again.
 *
 * @example
 * ```tsx
 * createRoot(element).render(
 *   <SessionProvider session={session}>
 *     <App />
 *   </SessionProvider>,
 * );
 * ```
 */
export function SessionProvider({
  session,
  initialSnapshot = loading,
  children,
}: SessionProviderProps): ReactNode {
  const [first] = useState({ session, initialSnapshot });
  const source = useMemo(
    () => createSource(session, session === first.session ? first.initialSnapshot : loading),
    [session, first],
  );
  useEffect(() => session.start(), [session]);
  return createElement(SourceContext.Provider, { value: source }, children);
}

/** @throws Error if there is no provider above. */
export function useSource(): Source {
  const source = useContext(SourceContext);
  if (source === null)
    throw new Error("Lockstep: there is no <SessionProvider session={…}> above this component.");
  return source;
}
