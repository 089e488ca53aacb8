/** An API with something in it: the notes of each user. */

const longestNote = 200;
const mostNotes = 20;

export interface Notes {
  /** `GET` lists, `POST { text }` adds, `DELETE` deletes all; they answer with the list, newest first. */
  answer(request: Request, userId: string): Promise<Response>;
}

export function createNotes(): Notes {
  const notesOf = new Map<string, readonly string[]>([
    ["ada", ["The engine weaves algebraic patterns."]],
    ["grace", ["A ship in port is safe; that is not what ships are for."]],
  ]);

  return {
    async answer(request, userId) {
      const notes = notesOf.get(userId) ?? [];
      if (request.method === "GET") return Response.json({ notes });
      if (request.method === "DELETE") {
        notesOf.set(userId, []);
        return Response.json({ notes: [] });
      }
      if (request.method !== "POST")
        return new Response(null, { status: 405, headers: { allow: "GET, POST, DELETE" } });
      const body: unknown = await request.json().catch(() => null);
      const text = typeof body === "object" && body !== null && "text" in body ? body.text : null;
      if (typeof text !== "string" || text.trim() === "" || text.length > longestNote)
        return Response.json({ message: `A note has 1 to ${longestNote} characters.` }, { status: 400 });
      const longer = [text.trim(), ...notes].slice(0, mostNotes);
      notesOf.set(userId, longer);
      return Response.json({ notes: longer }, { status: 201 });
    },
  };
}
