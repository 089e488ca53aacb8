/** The list of notes, to be added to and edited. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { NoteItem } from "./note-item.tsx";
import { addNote, changeNote, deleteNotes, readNotes, type Note } from "./notes.ts";
import { isStepUpCancelled } from "./step-up.ts";

export function NotesPanel(): ReactNode {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [text, setText] = useState("");
  const [hasFailed, setFailed] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  /** @returns whether the request worked. What was typed stays where it is until it did. */
  async function attempt(request: () => Promise<void>): Promise<boolean> {
    try {
      await request();
      setFailed(false);
      return true;
    } catch (error) {
      setFailed(!isStepUpCancelled(error));
      return false;
    }
  }

  useEffect(() => {
    const controller = new AbortController();
    readNotes(controller.signal).then(setNotes, () => setFailed(!controller.signal.aborted));
    return () => controller.abort();
  }, []);

  const add = (): Promise<boolean> =>
    attempt(async () => {
      const note = await addNote(text);
      setNotes((all) => [note, ...all]);
      setText("");
    });

  const save = (changed: Note): Promise<boolean> =>
    attempt(async () => {
      const note = await changeNote(changed);
      setNotes((all) => all.map((old) => (old.id === note.id ? note : old)));
    });

  const deleteAll = (): Promise<boolean> =>
    attempt(async () => {
      await deleteNotes();
      setNotes([]);
      // The button that had the focus is gone.
      field.current?.focus();
    });

  return (
    <section className="panel">
      <h2>Notes</h2>
      <form
        className="line"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <label>
          New note
          <input
            ref={field}
            value={text}
            onChange={(event) => setText(event.target.value)}
            maxLength={200}
            autoComplete="off"
            required
          />
        </label>
        <button className="primary">Add</button>
      </form>
      {hasFailed && <p role="alert">That did not work. Please try again.</p>}
      <ul aria-label="Notes">
        {notes.map((note) => (
          <NoteItem key={note.id} note={note} save={save} />
        ))}
      </ul>
      {notes.length > 0 && (
        <div className="buttons">
          <button className="dangerous" onClick={() => void deleteAll()}>
            Delete all notes
          </button>
        </div>
      )}
    </section>
  );
}
