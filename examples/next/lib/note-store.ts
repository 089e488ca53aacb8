/** The notes of each user, in memory. */
import type { Note } from "../components/notes.ts";
import { once } from "./shared.ts";

const longestText = 200;
const mostNotes = 50;

const first = (text: string): readonly Note[] => [{ id: crypto.randomUUID(), text }];

const notesOf = once(
  "notes",
  () =>
    new Map([
      ["ada", first("The engine weaves algebraic patterns.")],
      ["grace", first("A ship in port is safe; that is not what ships are for.")],
    ]),
);

export function listNotes(userId: string): readonly Note[] {
  return notesOf.get(userId) ?? [];
}

export function addNote(userId: string, text: string): Note {
  const note = { id: crypto.randomUUID(), text };
  notesOf.set(userId, [note, ...listNotes(userId)].slice(0, mostNotes));
  return note;
}

/** @returns whether there was such a note. */
export function changeNote(userId: string, changed: Note): boolean {
  const notes = listNotes(userId);
  notesOf.set(
    userId,
    notes.map((note) => (note.id === changed.id ? changed : note)),
  );
  return notes.some(({ id }) => id === changed.id);
}

/** The text of a note that is sent as JSON; `null` if it is none. */
export async function readText(request: Request): Promise<string | null> {
  const body: unknown = await request.json().catch(() => null);
  const text = typeof body === "object" && body !== null && "text" in body ? body.text : null;
  return typeof text === "string" && text.trim() !== "" && text.length <= longestText ? text.trim() : null;
}
