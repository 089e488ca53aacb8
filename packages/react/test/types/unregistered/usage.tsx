/** An application that has registered nothing: claims and user are unknown, all else is typed. */
import { createSession, type EndReason, type Session } from "@lockstep/core";
import { SessionProvider, useSession, useUser, type RegisteredSession } from "@lockstep/react";
import { createTestSession } from "@lockstep/testing";
import type { ReactNode } from "react";
import { z } from "zod";
import { expectType } from "../same-type.js";

const typed = createSession<z.ZodObject<{ sub: z.ZodString }>, { readonly name: string }>({
  claims: z.object({ sub: z.string() }),
});

export function usage(known: RegisteredSession): ReactNode {
  expectType<Session>()(known);
  const view = useSession();
  expectType<unknown>()(useUser());
  expectType<EndReason | null>()(useSession((now) => (now.status === "unauthenticated" ? now.reason : null)));
  // @ts-expect-error Nobody may be signed in.
  void view.user;
  if (view.status !== "authenticated") return null;
  expectType<unknown>()(view.user);
  expectType<unknown>()(view.claims);
  // @ts-expect-error Who it is, is unknown.
  void view.user.name;
  return view.sessionId;
}

// Any session will do.
export const pages: readonly ReactNode[] = [
  <SessionProvider session={createSession()} />,
  <SessionProvider session={typed} />,
  <SessionProvider session={createTestSession().session} />,
  // @ts-expect-error A provider needs a session.
  <SessionProvider />,
  // @ts-expect-error A part of a session is none.
  <SessionProvider session={{ getSnapshot: typed.getSnapshot, subscribe: typed.subscribe }} />,
];
