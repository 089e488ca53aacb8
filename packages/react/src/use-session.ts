"use client";
/** The session as a component sees it: rendered again when what it shows has changed, and by nothing else. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { RegisteredSession, RegisteredSnapshot, RegisteredUser } from "./register.js";
import { useSource, type Source } from "./session-provider.js";

/** What a component may do with the session. The same functions in every render. */
export type SessionActions = Pick<
  RegisteredSession,
  "signIn" | "signOut" | "stepUp" | "extend" | "sessions" | "refresh" | "getAccessToken" | "fetch"
>;

/** The snapshot, to be narrowed by its `status`, with the actions. */
export type SessionView = RegisteredSnapshot & SessionActions;

type Selector<Selected> = (snapshot: RegisteredSnapshot) => Selected;

/** One view for each snapshot, whatever the number of components that show it. */
const views = new WeakMap<RegisteredSession, WeakMap<RegisteredSnapshot, SessionView>>();

function viewOf(session: RegisteredSession): Selector<SessionView> {
  const known = views.get(session) ?? new WeakMap<RegisteredSnapshot, SessionView>();
  views.set(session, known);
  return (snapshot) => {
    const { signIn, signOut, stepUp, extend, sessions, refresh, getAccessToken, fetch } = session;
    const actions = { signIn, signOut, stepUp, extend, sessions, refresh, getAccessToken, fetch };
    const view = known.get(snapshot) ?? Object.freeze({ ...snapshot, ...actions });
    known.set(snapshot, view);
    return view;
  };
}

function useSelected<Selected>(
  { session, read, readOnServer }: Source,
  selector: Selector<Selected>,
  isEqual: (a: Selected, b: Selected) => boolean,
): Selected {
  /** What is on the screen: a new selector that comes to an equal result keeps it. */
  const shown = useRef<{ readonly value: Selected } | null>(null);
  const [get, getOnServer] = useMemo(() => {
    let last: { readonly snapshot: RegisteredSnapshot; readonly value: Selected } | null = null;
    const select = (snapshot: RegisteredSnapshot): Selected => {
      if (last?.snapshot === snapshot) return last.value;
      const value = selector(snapshot);
      const kept = last ?? shown.current;
      last = { snapshot, value: kept !== null && isEqual(kept.value, value) ? kept.value : value };
      return last.value;
    };
    return [() => select(read()), () => select(readOnServer())] as const;
  }, [read, readOnServer, selector, isEqual]);
  const value = useSyncExternalStore(session.subscribe, get, getOnServer);
  useEffect(() => void (shown.current = { value }), [value]);
  return value;
}

/**
 * The session: narrow it by `status`, and call `signIn`, `signOut`, `stepUp`, `extend`, `sessions`, `refresh`, `getAccessToken`,
 * `fetch`. With a selector, only what it picks; the component is rendered again when that changes by `isEqual` (default `Object.is`).
 *
 * A silent refresh renders nothing. `status` never returns to `loading`.
 *
 * @throws Error if there is no provider above.
 * @example
 * ```tsx
 * const session = useSession();
 * return session.status === "authenticated" ? <Home user={session.user} /> : <SignIn />;
 * ```
 */
export function useSession(): SessionView;
export function useSession<Selected>(
  selector: (snapshot: RegisteredSnapshot) => Selected,
  isEqual?: (a: Selected, b: Selected) => boolean,
): Selected;
export function useSession<Selected>(
  selector?: Selector<Selected>,
  isEqual: (a: Selected, b: Selected) => boolean = Object.is,
): Selected | SessionView {
  const source = useSource();
  const { session } = source;
  const view = useMemo(() => viewOf(session), [session]);
  return useSelected<Selected | SessionView>(
    source,
    selector ?? view,
    isEqual as (a: Selected | SessionView, b: Selected | SessionView) => boolean,
  );
}

// oxlint-disable-next-line typescript/no-redundant-type-constituents -- unknown only until an application registers
const userOf = (snapshot: RegisteredSnapshot): RegisteredUser | null =>
  snapshot.status === "authenticated" ? snapshot.user : null;

/** Who is signed in; `null` while nobody is, or it is not known yet. @throws Error if there is no provider above. */
// oxlint-disable-next-line typescript/no-redundant-type-constituents -- likewise
export function useUser(): RegisteredUser | null {
  return useSession(userOf);
}
