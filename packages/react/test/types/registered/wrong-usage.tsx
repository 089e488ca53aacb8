/** What does not compile. A line that is not wrong any more fails the compilation itself. */
import { createSession } from "@lockstep/core";
import {
  RequireSession,
  SessionProvider,
  SignedIn,
  useSession,
  useUser,
  type Register,
  type RegisteredSnapshot,
} from "@lockstep/react";
import type { ReactNode } from "react";
import { session } from "./session.js";

export function beforeNarrowing(): void {
  const view = useSession();
  // @ts-expect-error Nobody may be signed in.
  void view.user;
  // @ts-expect-error Nobody may be signed in.
  void view.claims;
  // @ts-expect-error Somebody may be signed in.
  void view.reason;
  // @ts-expect-error There is no such status.
  if (view.status === "signed-in") return;
  // @ts-expect-error Nobody may be signed in.
  void useUser().name;
  if (view.status !== "authenticated") return;
  // @ts-expect-error The application's users have no such thing.
  void view.user.email;
  // @ts-expect-error The validator knows of no such claim.
  void view.claims.tenant;
  // @ts-expect-error The validator knows of no such role.
  if (view.claims.role === "root") return;
  // @ts-expect-error A snapshot never has the token (L5).
  void view.token;
}

export function writing(): void {
  const view = useSession();
  // @ts-expect-error Snapshots are read only.
  view.status = "loading";
  // @ts-expect-error So is the problem.
  if (view.status === "authenticated") view.problem = null;
  // @ts-expect-error And the user.
  if (view.status === "authenticated") view.user = { id: "grace", name: "Grace" };
}

export function otherMethods(): void {
  const view = useSession();
  // @ts-expect-error A component disposes no session.
  void view.dispose;
  // @ts-expect-error Nor does it subscribe by hand.
  void view.subscribe;
  // @ts-expect-error There is no such scope.
  void view.signOut({ scope: "everywhere" });
  // @ts-expect-error A sign-in is a call.
  void view.signIn("ada");
}

export function selectors(): void {
  // @ts-expect-error A selector is a function.
  useSession("user");
  // @ts-expect-error It must narrow as well.
  useSession((now) => now.user);
  // @ts-expect-error It gets one snapshot.
  useSession((now: { status: string }, before: { status: string }) => now.status === before.status);
  // @ts-expect-error It gets a snapshot, not a number.
  useSession((now: number) => now);
  const statusOf = ({ status }: RegisteredSnapshot) => status;
  // @ts-expect-error isEqual compares what was picked.
  useSession(statusOf, (a: number, b: number) => a === b);
  // @ts-expect-error isEqual says yes or no.
  useSession(statusOf, (a, b) => `${a}${b}`);
}

const otherClaims = createSession();

export const pages: readonly ReactNode[] = [
  // @ts-expect-error A provider needs a session.
  <SessionProvider />,
  // @ts-expect-error Options are not a session.
  <SessionProvider session={{ endpoint: "/session" }} />,
  // @ts-expect-error A session of other claims than the registered ones.
  <SessionProvider session={otherClaims} />,
  // @ts-expect-error A session of that type is made outside, with `createSession`.
  <SessionProvider session={createSession} />,
  // @ts-expect-error There is no such property.
  <SessionProvider session={session} user={{ id: "ada", name: "Ada" }} />,
  // @ts-expect-error A user is no snapshot.
  <SessionProvider session={session} initialSnapshot={{ id: "ada", name: "Ada" }} />,
  // @ts-expect-error The reasons are a closed list.
  <SessionProvider session={session} initialSnapshot={{ status: "unauthenticated", reason: "tired" }} />,
  // @ts-expect-error What is shown to everyone else must be said.
  <RequireSession>in</RequireSession>,
  // @ts-expect-error There is no such property.
  <RequireSession fallback={null} role="admin" />,
  // @ts-expect-error There is no such property.
  <SignedIn fallback={null} />,
];

// @ts-expect-error The name is registered once.
export const twice: Register = { session: otherClaims };
