/** Signing in, stepping up, and another password: the application's own affair, as it would be in yours. */
import type { Proof, SessionServer, SteppingUp } from "@lockstep/server";
import { longestPassword, shortestPassword, type Accounts } from "./accounts.ts";

type Members = Readonly<Record<string, unknown>>;

/** The members of a JSON body; none, if it is anything else. */
async function readMembers(request: Request): Promise<Members> {
  const body: unknown = await request.json().catch(() => null);
  return typeof body === "object" && body !== null ? (body as Members) : {};
}

/** `POST /sign-in`: checks the credentials, then starts a session. The answer of `start` goes out as it is. */
export async function answerSignIn(
  sessions: SessionServer,
  accounts: Accounts,
  request: Request,
): Promise<Response> {
  const form = await request.formData();
  const user = accounts.find(form.get("user"));
  if (user === null || !accounts.isPassword(user.id, form.get("password")))
    return Response.json({ message: "Wrong name or password." }, { status: 403 });
  return sessions.start(request, { userId: user.id, user });
}

/** The `stepUp` option of the session server. Yours limits how often it may be tried, as it does for the login. */
export function createStepUpCheck(accounts: Accounts) {
  return async (request: Request, { userId }: SteppingUp): Promise<Proof | null> => {
    const { password } = await readMembers(request);
    return accounts.isPassword(userId, password) ? { amr: ["pwd"] } : null;
  };
}

/** `POST /password`: ends all other sessions of the user and renews this one. That answer, too, goes out as it is. */
export async function answerPasswordChange(
  sessions: SessionServer,
  accounts: Accounts,
  request: Request,
): Promise<Response> {
  const check = await sessions.verify(request, { checkRevocation: true });
  if (!check.ok) return check.response;
  const { userId } = check.session;
  const { current, password } = await readMembers(request);
  if (!accounts.isPassword(userId, current))
    return Response.json({ message: "That is not the current password." }, { status: 403 });
  if (!accounts.changePassword(userId, password)) {
    const message = `A password has ${shortestPassword} to ${longestPassword} characters.`;
    return Response.json({ message }, { status: 400 });
  }
  return sessions.credentialsChanged(request, { userId, amr: ["pwd"] });
}
