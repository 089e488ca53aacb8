/** An API: whoever brings a valid access token reads and adds notes of their own. */
import { addNote, listNotes, readText } from "../../../lib/note-store.ts";
import { sessionServer } from "../../../lib/session-server.ts";

export async function GET(request: Request): Promise<Response> {
  const sessions = await sessionServer();
  const check = await sessions.verify(request);
  if (!check.ok) return check.response;
  return Response.json(listNotes(check.session.userId));
}

export async function POST(request: Request): Promise<Response> {
  const sessions = await sessionServer();
  const check = await sessions.verify(request);
  if (!check.ok) return check.response;
  const text = await readText(request);
  if (text === null) return Response.json({ message: "A note has 1 to 200 characters." }, { status: 400 });
  return Response.json(addNote(check.session.userId, text), { status: 201 });
}
