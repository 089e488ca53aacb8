/** The session of an application, made known to the composables once. */
import { createSession } from "@lockstep/core";
import { z } from "zod";

export interface Person {
  readonly id: string;
  readonly name: string;
}

const claims = z.object({ sub: z.string(), role: z.enum(["admin", "user"]) });

export const session = createSession<typeof claims, Person>({ claims });

declare module "@lockstep/vue" {
  interface Register {
    session: typeof session;
  }
}
