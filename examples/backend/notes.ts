/** The notes of each user: `/api/notes`. */
import type { SessionServer } from "@lockstep/server";
import { Hono } from "hono";
import { readMembers } from "./json-body.ts";
import { requireSession, type SignedIn } from "./require-session.ts";

type Note = { readonly id: string; readonly text: string };

const longestText = 200;
const mostNotes = 50;
const badText = `A note has 1 to ${longestText} characters.`;

function firstNotes(): Map<string, readonly Note[]> {
  const first = (text: string): readonly Note[] => [{ id: crypto.randomUUID(), text }];
  return new Map([
    ["ada", first("The engine weaves algebraic patterns.")],
    ["grace", first("A ship in port is safe; that is not what ships are for.")],
  ]);
}

async function readText(request: Request): Promise<string | null> {
  const { text } = await readMembers(request);
  return typeof text === "string" && text.trim() !== "" && text.length <= longestText ? text.trim() : null;
}

export function createNotesRoutes(sessions: SessionServer, recentSeconds: number): Hono<SignedIn> {
  const notesOf = firstNotes();
  const notesFor = (userId: string): readonly Note[] => notesOf.get(userId) ?? [];
  const app = new Hono<SignedIn>();
  app.use(requireSession(sessions));

  app.get("/", ({ json, var: { userId } }) => json(notesFor(userId)));

  app.post("/", async ({ req, json, var: { userId } }) => {
    const text = await readText(req.raw);
    if (text === null) return json({ message: badText }, 400);
    const note = { id: crypto.randomUUID(), text };
    notesOf.set(userId, [note, ...notesFor(userId)].slice(0, mostNotes));
    return json(note, 201);
  });

  app.put("/:id", async ({ req, json, var: { userId } }) => {
    const text = await readText(req.raw);
    if (text === null) return json({ message: badText }, 400);
    const notes = notesFor(userId);
    const note = { id: req.param("id"), text };
    if (!notes.some(({ id }) => id === note.id)) return json({ message: "There is no such note." }, 404);
    notesOf.set(
      userId,
      notes.map((old) => (old.id === note.id ? note : old)),
    );
    return json(note);
  });

  // All at once: for that the user has to have proved recently who they are.
  app.delete("/", requireSession(sessions, { maxAge: recentSeconds }), ({ body, var: { userId } }) => {
    notesOf.set(userId, []);
    return body(null, 204);
  });

  return app;
}
