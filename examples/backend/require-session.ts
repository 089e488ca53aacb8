/** Lets a request through that carries the access token of a live session. */
import type { SessionServer, VerifyOptions } from "@lockstep/server";
import { createMiddleware } from "hono/factory";

/** What is known of a request then. */
export interface SignedIn {
  Variables: { readonly userId: string; readonly sessionId: string };
}

/**
 * With `maxAge`, whoever proved who they are longer ago gets the challenge of RFC 9470: the client has them step up, and sends
 * the request again.
 */
export function requireSession(sessions: SessionServer, demand: Pick<VerifyOptions, "maxAge"> = {}) {
  return createMiddleware<SignedIn>(async (context, next) => {
    // Asked of the store each time: a token of a session that has ended is refused at once.
    const check = await sessions.verify(context.req.raw, { ...demand, checkRevocation: true });
    if (!check.ok) return check.response;
    context.set("userId", check.session.userId);
    context.set("sessionId", check.session.sessionId);
    return next();
  });
}
