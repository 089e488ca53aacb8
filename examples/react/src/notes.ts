/** The notes of whoever is signed in, as the server keeps them. */
import { json, send } from "./api.ts";

export interface Note {
  readonly id: string;
  readonly text: string;
}

async function read<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const response = await send(path, init);
  return (await response.json()) as Answer;
}

/** All of them, the newest first. */
export const readNotes = (signal: AbortSignal): Promise<readonly Note[]> => read("/api/notes", { signal });

export const addNote = (text: string): Promise<Note> => read("/api/notes", json("POST", { text }));

export const changeNote = ({ id, text }: Note): Promise<Note> =>
  read(`/api/notes/${id}`, json("PUT", { text }));

/** The server wants to know who asks for this: `session.fetch` has the user step up, and sends it again. */
export async function deleteNotes(): Promise<void> {
  await send("/api/notes", { method: "DELETE" });
}
