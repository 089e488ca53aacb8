/** What compiles, and which types it has, in an application that has registered its session. */
import type { EndReason, FailureCode, SessionSnapshot } from "@lockstep/core";
import {
  RequireSession,
  SessionProvider,
  SignedIn,
  SignedOut,
  useSession,
  useUser,
  type GuardProps,
  type RegisteredSession,
  type RegisteredSnapshot,
  type RegisteredUser,
  type RequireSessionProps,
  type SessionActions,
  type SessionProviderProps,
  type SessionView,
} from "@lockstep/react";
import { createTestSession } from "@lockstep/testing";
import type { ReactNode } from "react";
import { expectType } from "../same-type.js";
import { session, type Person } from "./session.js";

interface Claims {
  sub: string;
  role: "admin" | "user";
}

export function narrowing(): ReactNode {
  const view = useSession();
  expectType<"loading" | "authenticated" | "unauthenticated">()(view.status);
  switch (view.status) {
    case "loading":
      expectType<FailureCode | null>()(view.problem);
      return null;
    case "unauthenticated":
      expectType<EndReason>()(view.reason);
      return null;
    case "authenticated":
      expectType<Person>()(view.user);
      expectType<Claims>()(view.claims);
      expectType<"admin" | "user">()(view.claims.role);
      expectType<string>()(view.sessionId);
      expectType<number | null>()(view.authTime);
      return view.user.name;
  }
}

export function actions(): void {
  const { signIn, signOut, refresh, getAccessToken, fetch } = useSession();
  expectType<Promise<SessionSnapshot<Claims, Person>>>()(signIn(async () => fetch("/sign-in")));
  expectType<Promise<{ readonly revoked: boolean }>>()(signOut({ scope: "all" }));
  expectType<Promise<void>>()(refresh());
  expectType<Promise<string>>()(getAccessToken({ minValidity: 30_000 }));
  expectType<typeof globalThis.fetch>()(fetch);
}

export function selectors(): void {
  expectType<"admin" | "user" | null>()(
    useSession((now) => (now.status === "authenticated" ? now.claims.role : null)),
  );
  expectType<boolean>()(useSession(({ status }) => status === "loading"));
  expectType<{ name: string }>()(
    useSession(
      (now) => ({ name: now.status === "authenticated" ? now.user.name : "nobody" }),
      (a, b) => a.name === b.name,
    ),
  );
  expectType<RegisteredSnapshot>()(useSession((now) => now));
}

export function users(): void {
  expectType<Person | null>()(useUser());
}

export function registered(
  known: RegisteredSession,
  user: RegisteredUser,
  view: SessionView,
): SessionActions {
  expectType<typeof session>()(known);
  expectType<Person>()(user);
  return view;
}

export const pages: readonly ReactNode[] = [
  <SessionProvider session={session} />,
  <SessionProvider session={session} initialSnapshot={{ status: "unauthenticated", reason: "expired" }}>
    <SignedIn>in</SignedIn>
    <SignedOut>out</SignedOut>
    <SignedIn />
    <RequireSession fallback={null}>in</RequireSession>
    <RequireSession fallback={<p>Sign in</p>} loading="One moment …" />
  </SessionProvider>,
  <SessionProvider
    session={session}
    initialSnapshot={{
      status: "authenticated",
      problem: null,
      sessionId: "1",
      user: { id: "ada", name: "Ada" },
      claims: { sub: "ada", role: "admin" },
      authTime: null,
      acr: null,
      expiresAt: null,
      warning: null,
    }}
  />,
  // A test's own session, told which types it stands for.
  <SessionProvider session={createTestSession<Claims, Person>().session} />,
];

export const props: [SessionProviderProps, GuardProps, RequireSessionProps] = [
  { session },
  {},
  { fallback: null },
];
