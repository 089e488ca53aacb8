/** The list of notes, to be added to and edited. */
import { element, fromTemplate, onSubmit } from "./elements.ts";
import { addNote, changeNote, readNotes, type Note } from "./notes.ts";

const panel = element("#notes", HTMLElement);
const list = element("#note-list", HTMLUListElement);
const problem = element("#notes-problem", HTMLElement);
const form = element("#new-note", HTMLFormElement);
const field = element("input", HTMLInputElement, form);

/** Ends with the page of one session: what is answered later is not shown. */
let current = new AbortController();

/** Runs one request and shows its answer; what was typed stays where it is until it worked. */
async function attempt<Answer>(request: Promise<Answer>, show: (answer: Answer) => void): Promise<void> {
  const { signal } = current;
  try {
    const answer = await request;
    if (signal.aborted) return;
    show(answer);
    problem.hidden = true;
  } catch {
    if (!signal.aborted) problem.hidden = false;
  }
}

function itemOf(note: Note): HTMLElement {
  const item = fromTemplate("#note", HTMLLIElement);
  element("span", HTMLElement, item).textContent = note.text;
  element("button", HTMLButtonElement, item).addEventListener("click", () => edit(note, item));
  return item;
}

function edit(note: Note, item: HTMLElement): void {
  const editor = fromTemplate("#note-editor", HTMLFormElement);
  const text = element("input", HTMLInputElement, editor);
  text.value = note.text;
  onSubmit(editor, () =>
    attempt(changeNote({ ...note, text: text.value }), (changed) => item.replaceWith(itemOf(changed))),
  );
  item.replaceChildren(editor);
  text.focus();
}

onSubmit(form, () =>
  attempt(addNote(field.value), (note) => {
    list.prepend(itemOf(note));
    form.reset();
  }),
);

/** Leaves nothing of the notes on the page. */
export function clearNotes(): void {
  current.abort();
  panel.hidden = true;
  problem.hidden = true;
  list.replaceChildren();
  form.reset();
}

/** Shows the notes of whoever is signed in now. */
export function showNotes(): void {
  clearNotes();
  current = new AbortController();
  panel.hidden = false;
  void attempt(readNotes(current.signal), (notes) => list.replaceChildren(...notes.map(itemOf)));
}
