/** What compiles, and which types it has, in an application that has registered its session. */
import type { EndReason, FailureCode, SessionSnapshot } from "@lockstep/core";
import { createTestSession } from "@lockstep/testing";
import {
  createLockstep,
  createSessionGuard,
  useSession,
  type LockstepOptions,
  type RegisteredSession,
  type RegisteredSnapshot,
  type RegisteredUser,
  type SessionComposable,
} from "@lockstep/vue";
import { createApp, type Plugin } from "vue";
import {
  createMemoryHistory,
  createRouter,
  type RouteLocationNormalized,
  type RouteLocationRaw,
} from "vue-router";
import { expectType } from "../same-type.js";
import { session, type Person } from "./session.js";

interface Claims {
  sub: string;
  role: "admin" | "user";
}

export function narrowing(): string {
  const { snapshot } = useSession();
  expectType<RegisteredSnapshot>()(snapshot.value);
  expectType<"loading" | "authenticated" | "unauthenticated">()(snapshot.value.status);
  switch (snapshot.value.status) {
    case "loading":
      expectType<FailureCode | null>()(snapshot.value.problem);
      return "";
    case "unauthenticated":
      expectType<EndReason>()(snapshot.value.reason);
      return snapshot.value.reason;
    case "authenticated":
      expectType<Person>()(snapshot.value.user);
      expectType<Claims>()(snapshot.value.claims);
      expectType<"admin" | "user">()(snapshot.value.claims.role);
      expectType<string>()(snapshot.value.sessionId);
      expectType<number | null>()(snapshot.value.authTime);
      return snapshot.value.user.name;
  }
}

export function refs(): void {
  const { status, user, claims, reason, problem } = useSession();
  expectType<"loading" | "authenticated" | "unauthenticated">()(status.value);
  expectType<Person | null>()(user.value);
  expectType<Claims | null>()(claims.value);
  expectType<EndReason | null>()(reason.value);
  expectType<FailureCode | null>()(problem.value);
}

export function actions(): void {
  const { signIn, signOut, refresh, getAccessToken, fetch } = useSession();
  expectType<Promise<SessionSnapshot<Claims, Person>>>()(signIn(async () => fetch("/sign-in")));
  expectType<Promise<{ readonly revoked: boolean }>>()(signOut({ scope: "all" }));
  expectType<Promise<void>>()(refresh());
  expectType<Promise<string>>()(getAccessToken({ minValidity: 30_000 }));
  expectType<typeof globalThis.fetch>()(fetch);
}

export function registered(known: RegisteredSession, user: RegisteredUser): SessionComposable {
  expectType<typeof session>()(known);
  expectType<Person>()(user);
  return useSession();
}

export const plugins: readonly Plugin[] = [
  createLockstep({ session }),
  createLockstep({ session, initialSnapshot: { status: "unauthenticated", reason: "expired" } }),
  createLockstep({
    session,
    initialSnapshot: {
      status: "authenticated",
      problem: null,
      sessionId: "1",
      user: { id: "ada", name: "Ada" },
      claims: { sub: "ada", role: "admin" },
      authTime: null,
      acr: null,
      expiresAt: null,
      warning: null,
    },
  }),
  // A test's own session, told which types it stands for.
  createLockstep({ session: createTestSession<Claims, Person>().session }),
];

createApp({}).use(createLockstep({ session }));

export const options: LockstepOptions = { session };

const router = createRouter({ history: createMemoryHistory(), routes: [] });
router.beforeEach(createSessionGuard({ session, signIn: "/sign-in" }));
router.beforeEach(createSessionGuard({ session, signIn: { name: "sign-in", query: { why: "account" } } }));
router.beforeEach(
  createSessionGuard({ session, signIn: (to) => ({ path: "/sign-in", query: { back: to.fullPath } }) }),
);
router.beforeEach(createSessionGuard({ session, signIn: (to) => `/sign-in?back=${to.fullPath}` }));
router.beforeEach(
  createSessionGuard({
    session,
    signIn: (to: RouteLocationNormalized): RouteLocationRaw => (to.hash === "" ? "/" : { name: "sign-in" }),
    requiresSession: (to) => to.name !== "sign-in",
  }),
);
