/** The login of the demo: the application's own affair, as it would be in yours. */
import type { SessionServer } from "@lockstep/server";

/** What the page may know of a user. */
export type DemoUser = { readonly id: string; readonly name: string };

const users: readonly DemoUser[] = [
  { id: "ada", name: "Ada" },
  { id: "grace", name: "Grace" },
];

/** A demo's password: printed on its page. */
const password = "demo";

/** `POST /sign-in`: checks the credentials, then starts a session. The answer of `start` goes out as it is. */
export async function answerSignIn(sessions: SessionServer, request: Request): Promise<Response> {
  const form = await request.formData();
  const user = users.find(({ id }) => id === form.get("user"));
  if (user === undefined || form.get("password") !== password)
    return Response.json({ message: "Wrong name or password." }, { status: 403 });
  return sessions.start(request, { userId: user.id, user });
}
