/** An application that has registered nothing: claims and user are unknown, all else is typed. */
import { createSession, type EndReason, type Session } from "@lockstep/core";
import { createTestSession } from "@lockstep/testing";
import { createLockstep, useSession, type RegisteredSession } from "@lockstep/vue";
import type { Plugin } from "vue";
import { z } from "zod";
import { expectType } from "../same-type.js";

const typed = createSession<z.ZodObject<{ sub: z.ZodString }>, { readonly name: string }>({
  claims: z.object({ sub: z.string() }),
});

export function usage(known: RegisteredSession): string {
  expectType<Session>()(known);
  const { snapshot, user, reason } = useSession();
  expectType<unknown>()(user.value);
  expectType<EndReason | null>()(reason.value);
  // @ts-expect-error Nobody may be signed in.
  void snapshot.value.user;
  if (snapshot.value.status !== "authenticated") return "";
  expectType<unknown>()(snapshot.value.user);
  expectType<unknown>()(snapshot.value.claims);
  // @ts-expect-error Who it is, is unknown.
  void snapshot.value.user.name;
  return snapshot.value.sessionId;
}

// Any session will do.
export const plugins: readonly Plugin[] = [
  createLockstep({ session: createSession() }),
  createLockstep({ session: typed }),
  createLockstep({ session: createTestSession().session }),
  // @ts-expect-error The plugin needs a session.
  createLockstep({}),
  // @ts-expect-error A part of a session is none.
  createLockstep({ session: { getSnapshot: typed.getSnapshot, subscribe: typed.subscribe } }),
];
