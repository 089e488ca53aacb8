import type { Session } from "@lockstep/core";
import { httpBatchLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";

/** The link that carries the session's token: `createTRPCClient<AppRouter>({ links: [createLink(session)] })`. */
export function createLink(session: Session, url = "/trpc"): TRPCLink<AnyTRPCRouter> {
  return httpBatchLink({
    url,
    // tRPC's type of `init` is a little wider than a browser's.
    fetch: (input, init) => session.fetch(input, init as RequestInit),
  });
}
