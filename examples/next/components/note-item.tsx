"use client";
/** One note, or the form to change it. */
import { useState, type ReactNode } from "react";
import type { Note } from "./notes.ts";

interface NoteItemProps {
  readonly note: Note;
  /** Resolves to whether it was saved. */
  readonly save: (note: Note) => Promise<boolean>;
}

export function NoteItem({ note, save }: NoteItemProps): ReactNode {
  const [draft, setDraft] = useState<string | null>(null);

  if (draft === null)
    return (
      <li>
        <span>{note.text}</span>
        <button onClick={() => setDraft(note.text)}>Edit</button>
      </li>
    );

  async function submit(text: string): Promise<void> {
    if (await save({ ...note, text })) setDraft(null);
  }

  return (
    <li>
      <form
        className="line"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(draft);
        }}
      >
        <label>
          Note
          <input
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            maxLength={200}
            autoComplete="off"
            required
            autoFocus
          />
        </label>
        <button className="primary">Save</button>
      </form>
    </li>
  );
}
