/** What users sign in with, and step up with: `/account`. */
import type { SessionServer } from "@lockstep/server";
import { Hono } from "hono";
import { longestPassword, shortestPassword } from "./accounts.ts";
import { readMembers } from "./json-body.ts";
import type { Ceremony } from "./passkeys.ts";
import { requireSession, type SignedIn } from "./require-session.ts";
import type { Credentials } from "./stepping-up.ts";

const badPassword = `A password has ${shortestPassword} to ${longestPassword} characters.`;

export function createAccountRoutes(
  sessions: SessionServer,
  { accounts, codes, passkeys }: Credentials,
  recentSeconds: number,
): Hono<SignedIn> {
  const app = new Hono<SignedIn>();
  app.use(requireSession(sessions));

  const ceremonyOf = (request: Request, { userId, sessionId }: SignedIn["Variables"]): Ceremony => ({
    userId,
    sessionId,
    origin: new URL(request.url).origin,
  });

  app.post("/password", async ({ req, json, var: { userId } }) => {
    const { current, password } = await readMembers(req.raw);
    if (!accounts.isPassword(userId, current))
      return json({ message: "That is not your current password." }, 403);
    if (!accounts.changePassword(userId, password)) return json({ message: badPassword }, 400);
    // Ends all other sessions and renews this one, cookies and all: the answer goes out as it is.
    return sessions.credentialsChanged(req.raw, { userId, amr: ["pwd"] });
  });

  // Plays the user's phone. Yours sends the code there, and answers nothing.
  app.post("/code", ({ json, var: { userId } }) => json({ code: codes.issue(userId) }));

  app.post("/passkey/challenge", async ({ req, json, var: who }) =>
    json(await passkeys.requestOptions(ceremonyOf(req.raw, who))),
  );

  // Whoever adds a passkey can step up with it from then on.
  app.use("/passkeys/*", requireSession(sessions, { maxAge: recentSeconds }));

  app.post("/passkeys/options", async ({ req, json, var: who }) => {
    const user = accounts.find(who.userId);
    if (user === null) return json({ message: "There is no such account." }, 404);
    return json(await passkeys.creationOptions(ceremonyOf(req.raw, who), user));
  });

  app.post("/passkeys", async ({ req, json, body, var: who }) => {
    const isAdded = await passkeys.add(ceremonyOf(req.raw, who), await req.json().catch(() => null));
    return isAdded ? body(null, 201) : json({ message: "That passkey could not be verified." }, 400);
  });

  return app;
}
