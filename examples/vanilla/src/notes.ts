/** The notes of whoever is signed in, as the server keeps them. */
import { session } from "./session.ts";

export interface Note {
  readonly id: string;
  readonly text: string;
}

/** `session.fetch` is `fetch` with the access token. */
async function send<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const response = await session.fetch(path, init);
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  return (await response.json()) as Answer;
}

const json = (method: string, body: unknown): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

/** All of them, the newest first. */
export const readNotes = (signal: AbortSignal): Promise<readonly Note[]> => send("/api/notes", { signal });

export const addNote = (text: string): Promise<Note> => send("/api/notes", json("POST", { text }));

export const changeNote = ({ id, text }: Note): Promise<Note> =>
  send(`/api/notes/${id}`, json("PUT", { text }));
