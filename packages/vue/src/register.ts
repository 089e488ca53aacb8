/** How an application tells the composables the types of its own session. */
import type { Session } from "@lockstep/core";

/**
 * Yours to extend, once: from then on `useSession` knows the claims and the user of your session.
 *
 * @example
 * ```ts
 * import { createSession } from "@lockstep/core";
 *
 * export const session = createSession();
 *
 * declare module "@lockstep/vue" {
 *   interface Register {
 *     session: typeof session;
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- only an interface can be extended from outside
export interface Register {}

/** The session that was registered; one of unknown claims and user if none was. */
export type RegisteredSession = Register extends { session: infer Known extends Session } ? Known : Session;

/** What its snapshots look like. */
export type RegisteredSnapshot = ReturnType<RegisteredSession["getSnapshot"]>;

/** Who is signed in with it. */
export type RegisteredUser = Extract<RegisteredSnapshot, { status: "authenticated" }>["user"];
