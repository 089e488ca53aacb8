/** What does not compile. A line that is not wrong any more fails the compilation itself. */
import { createSession } from "@lockstep/core";
import { createLockstep, createSessionGuard, useSession, type Register } from "@lockstep/vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { session } from "./session.js";

export function beforeNarrowing(): void {
  const { snapshot, user, claims } = useSession();
  // @ts-expect-error Nobody may be signed in.
  void snapshot.value.user;
  // @ts-expect-error Somebody may be signed in.
  void snapshot.value.reason;
  // @ts-expect-error There is no such status.
  if (snapshot.value.status === "signed-in") return;
  // @ts-expect-error Nobody may be signed in.
  void user.value.name;
  // @ts-expect-error Nobody may be signed in.
  void claims.value.role;
  // @ts-expect-error A ref has its value in `value`.
  void user.name;
  if (snapshot.value.status !== "authenticated") return;
  // @ts-expect-error The application's users have no such thing.
  void snapshot.value.user.email;
  // @ts-expect-error The validator knows of no such claim.
  void snapshot.value.claims.tenant;
  // @ts-expect-error The validator knows of no such role.
  if (snapshot.value.claims.role === "root") return;
  // @ts-expect-error A snapshot never has the token (L5).
  void snapshot.value.token;
}

export function writing(): void {
  const { snapshot, status, user, claims, reason, problem } = useSession();
  // @ts-expect-error Refs are read only.
  snapshot.value = session.getSnapshot();
  // @ts-expect-error Refs are read only.
  status.value = "loading";
  // @ts-expect-error Refs are read only.
  user.value = null;
  // @ts-expect-error Refs are read only.
  claims.value = null;
  // @ts-expect-error Refs are read only.
  reason.value = null;
  // @ts-expect-error Refs are read only.
  problem.value = null;
  // @ts-expect-error Snapshots are read only, too.
  snapshot.value.status = "loading";
}

export function otherMethods(): void {
  const used = useSession();
  // @ts-expect-error A component disposes no session.
  void used.dispose;
  // @ts-expect-error Nor does it subscribe by hand.
  void used.subscribe;
  // @ts-expect-error There is no such scope.
  void used.signOut({ scope: "everywhere" });
  // @ts-expect-error A sign-in is a call.
  void used.signIn("ada");
  // @ts-expect-error It takes nothing.
  useSession("user");
}

const otherClaims = createSession();

export const plugins = [
  // @ts-expect-error The plugin needs a session.
  createLockstep({}),
  // @ts-expect-error In an object, by its name.
  createLockstep(session),
  // @ts-expect-error A session of other claims than the registered ones.
  createLockstep({ session: otherClaims }),
  // @ts-expect-error A session is made outside, with `createSession`.
  createLockstep({ session: createSession }),
  // @ts-expect-error There is no such option.
  createLockstep({ session, endpoint: "/session" }),
  // @ts-expect-error A user is no snapshot.
  createLockstep({ session, initialSnapshot: { id: "ada", name: "Ada" } }),
  // @ts-expect-error The reasons are a closed list.
  createLockstep({ session, initialSnapshot: { status: "unauthenticated", reason: "tired" } }),
];

export const guards = [
  // @ts-expect-error Where to sign in must be said.
  createSessionGuard({ session }),
  // @ts-expect-error A guard needs a session.
  createSessionGuard({ signIn: "/sign-in" }),
  // @ts-expect-error There is no such option.
  createSessionGuard({ session, signIn: "/sign-in", role: "admin" }),
  // @ts-expect-error A rule says yes or no.
  createSessionGuard({ session, signIn: "/sign-in", requiresSession: () => "perhaps" }),
];

const router = createRouter({ history: createMemoryHistory(), routes: [] });
// @ts-expect-error That is no location either.
router.beforeEach(createSessionGuard({ session, signIn: { to: "/sign-in" } }));
// @ts-expect-error A path is a text.
router.beforeEach(createSessionGuard({ session, signIn: { path: 42 } }));
// @ts-expect-error That is no location.
router.beforeEach(createSessionGuard({ session, signIn: () => 42 }));

// @ts-expect-error The name is registered once.
export const twice: Register = { session: otherClaims };
