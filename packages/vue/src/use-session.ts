/** The session as a component sees it: refs that change when what they hold has changed, and by nothing else. */
import { computed, getCurrentInstance, onMounted, shallowRef, type ComputedRef, type ShallowRef } from "vue";
import { injectSource, type Source } from "./plugin.js";
import type { RegisteredSession, RegisteredSnapshot, RegisteredUser } from "./register.js";

type Authenticated = Extract<RegisteredSnapshot, { status: "authenticated" }>;
type Unauthenticated = Extract<RegisteredSnapshot, { status: "unauthenticated" }>;

/** What `useSession` returns: readonly refs, and the session's actions. */
export interface SessionComposable extends Pick<
  RegisteredSession,
  "signIn" | "signOut" | "stepUp" | "extend" | "sessions" | "refresh" | "getAccessToken" | "fetch"
> {
  /** All of it: narrow it by its `status`. */
  readonly snapshot: Readonly<ShallowRef<RegisteredSnapshot>>;
  readonly status: ComputedRef<RegisteredSnapshot["status"]>;
  /** `null` while nobody is signed in, or it is not known yet. */
  // oxlint-disable-next-line typescript/no-redundant-type-constituents -- unknown only until an application registers
  readonly user: ComputedRef<RegisteredUser | null>;
  /** For display, never a basis for a decision. `null` while nobody is signed in. */
  // oxlint-disable-next-line typescript/no-redundant-type-constituents -- likewise
  readonly claims: ComputedRef<Authenticated["claims"] | null>;
  /** Why nobody is signed in; `null` while somebody is. */
  readonly reason: ComputedRef<Unauthenticated["reason"] | null>;
  /** What keeps the session from refreshing at the moment; `null` if nothing does. */
  readonly problem: ComputedRef<Authenticated["problem"]>;
}

/**
 * What hydrates must be what the server rendered, whatever the session knows by now; asynchronous parts of a page hydrate
 * long after the application is mounted.
 */
function shownBy({ snapshot, initialSnapshot }: Source): Readonly<ShallowRef<RegisteredSnapshot>> {
  // The server's element is there before the component that takes it over.
  const isHydrating = getCurrentInstance()?.vnode.el != null;
  if (initialSnapshot === undefined || !isHydrating) return snapshot;
  const isHydrated = shallowRef(false);
  onMounted(() => void (isHydrated.value = true));
  return computed(() => (isHydrated.value ? snapshot.value : initialSnapshot));
}

/**
 * The session of the application, in readonly refs that end with the component's scope. A silent refresh changes none of
 * them, and `status` never returns to `loading`.
 *
 * @throws Error if the plugin of `createLockstep` is not installed.
 * @example
 * ```ts
 * import { useSession } from "@lockstep/vue";
 *
 * const { status, user, signOut } = useSession();
 * ```
 */
export function useSession(): SessionComposable {
  const source = injectSource();
  const { session } = source;
  const snapshot = shownBy(source);
  const { signIn, signOut, stepUp, extend, sessions, refresh, getAccessToken, fetch } = session;
  const whileSignedIn = <Picked>(pick: (now: Authenticated) => Picked): ComputedRef<Picked | null> =>
    computed(() => (snapshot.value.status === "authenticated" ? pick(snapshot.value) : null));
  return {
    snapshot,
    status: computed(() => snapshot.value.status),
    user: whileSignedIn((now) => now.user),
    claims: whileSignedIn((now) => now.claims),
    reason: computed(() => (snapshot.value.status === "unauthenticated" ? snapshot.value.reason : null)),
    problem: computed(() => (snapshot.value.status === "unauthenticated" ? null : snapshot.value.problem)),
    signIn,
    signOut,
    stepUp,
    extend,
    sessions,
    refresh,
    getAccessToken,
    fetch,
  };
}
