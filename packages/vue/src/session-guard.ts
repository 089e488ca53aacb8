/** A guard for Vue Router. It decides what is on the screen; only the server decides what a request may have. */
import type { RegisteredSession } from "./register.js";

/** What the guard needs of a route: as much of Vue Router's `RouteLocationNormalized`, so that an application without it needs no types of it. */
export interface GuardedRoute {
  readonly fullPath: string;
  readonly meta: Readonly<Record<PropertyKey, unknown>>;
}

/** Where a route leads: as much of Vue Router's `RouteLocationRaw` as tells a location from anything else. */
export type GuardLocation =
  string | { readonly path?: string | undefined; readonly name?: string | symbol | undefined };

export interface SessionGuardOptions<Route extends GuardedRoute, Location> {
  readonly session: RegisteredSession;
  /** Where to lead whoever is not signed in. */
  readonly signIn: Location | ((to: Route) => Location);
  /**
   * Which routes need a session; never the one that `signIn` leads to. Default: those with
   * `meta: { requiresSession: true }`, and the routes in them.
   */
  readonly requiresSession?: (to: Route) => boolean;
}

/**
 * Makes a guard that waits until it is known who is signed in, and leads everyone else away. On a server every route
 * passes: there is no session there.
 *
 * @throws {@link SessionError} as `session.ready()`, in the navigation.
 * @example
 * ```ts
 * import { createSession } from "@lockstep/core";
 * import { createSessionGuard } from "@lockstep/vue";
 * import { createRouter, createWebHistory } from "vue-router";
 *
 * const session = createSession();
 * const router = createRouter({ history: createWebHistory(), routes: [] });
 * router.beforeEach(
 *   createSessionGuard({ session, signIn: (to) => ({ path: "/sign-in", query: { back: to.fullPath } }) }),
 * );
 * ```
 */
export function createSessionGuard<Route extends GuardedRoute, Location extends GuardLocation>({
  session,
  signIn,
  requiresSession = (to) => to.meta["requiresSession"] === true,
}: SessionGuardOptions<Route, Location>): (to: Route) => Promise<true | Location> {
  return async (to) => {
    if (typeof document === "undefined" || !requiresSession(to)) return true;
    const { status } = await session.ready();
    if (status === "authenticated") return true;
    return typeof signIn === "function" ? signIn(to) : signIn;
  };
}
