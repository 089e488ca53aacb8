/** Your own login: it checks the credentials, and answers with what `start` makes of them. */
import { findUser } from "../../lib/accounts.ts";
import { sessionServer } from "../../lib/session-server.ts";

export async function POST(request: Request): Promise<Response> {
  const user = findUser(await request.formData());
  if (user === undefined) return Response.json({ message: "Wrong name or password." }, { status: 403 });
  const sessions = await sessionServer();
  return sessions.start(request, { userId: user.id, user: { ...user } });
}
