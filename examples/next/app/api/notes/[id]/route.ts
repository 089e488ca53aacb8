/** One note, to be changed. */
import { changeNote, readText } from "../../../../lib/note-store.ts";
import { sessionServer } from "../../../../lib/session-server.ts";

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

export async function PUT(request: Request, { params }: Context): Promise<Response> {
  const sessions = await sessionServer();
  const check = await sessions.verify(request);
  if (!check.ok) return check.response;
  const text = await readText(request);
  if (text === null) return Response.json({ message: "A note has 1 to 200 characters." }, { status: 400 });
  const note = { id: (await params).id, text };
  if (!changeNote(check.session.userId, note))
    return Response.json({ message: "There is no such note." }, { status: 404 });
  return Response.json(note);
}
