/** Authorised requests: the application's ordinary work. */
import { isSessionError } from "@lockstep/core";
import { element, onClick, onSubmit, setText } from "./elements.ts";
import { seconds } from "./event-words.ts";
import type { DemoSession } from "./session.ts";
import { isStepUpCancelled } from "./step-up-dialog.ts";
import type { TabTalk } from "./tab-talk.ts";

interface NotesAnswer {
  readonly notes?: readonly string[];
  readonly message?: string;
}

const shownNotes = 4;

function problemOf(error: unknown): string {
  if (isStepUpCancelled(error)) return "Cancelled: nothing was deleted.";
  if (isSessionError(error)) return `No request sent: ${error.code}`;
  return "The server cannot be reached.";
}

export function showRequestsPanel(session: DemoSession, talk: TabTalk): void {
  const result = element("#request-result", HTMLElement);
  const notes = element("#notes", HTMLUListElement);
  const text = element("#note", HTMLInputElement);

  function showNotes(lines: readonly string[]): void {
    notes.replaceChildren(
      ...lines.slice(0, shownNotes).map((line) => {
        const item = document.createElement("li");
        item.textContent = line;
        return item;
      }),
    );
  }

  async function request(init: RequestInit): Promise<boolean> {
    const begun = performance.now();
    const response = await session.fetch("/api/notes", init);
    const answer = (await response.json()) as NotesAnswer;
    const note = response.ok
      ? ""
      : response.status === 401
        ? ": nobody is signed in"
        : `: ${answer.message ?? ""}`;
    setText(result, `${response.status} after ${seconds(performance.now() - begun)}${note}`);
    result.dataset["ok"] = String(response.ok);
    if (answer.notes !== undefined) showNotes(answer.notes);
    return response.ok;
  }

  function fail(error: unknown): void {
    setText(result, problemOf(error));
    result.dataset["ok"] = "false";
  }

  const read = async (): Promise<void> => void (await request({}));
  async function post(): Promise<void> {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: text.value }),
    };
    if (await request(init)) text.value = "";
  }

  const deleteAll = async (): Promise<void> => void (await request({ method: "DELETE" }));

  onClick(element("#read-notes", HTMLButtonElement), read, fail);
  onClick(element("#delete-notes", HTMLButtonElement), deleteAll, fail);
  onSubmit(element("#post-note", HTMLFormElement), post, fail);
  talk.listen(({ kind }) => {
    if (kind === "request-now") read().catch(fail);
  });
  session.subscribe((now, before) => {
    const user = (snapshot: typeof now): string | null =>
      snapshot.status === "authenticated" ? snapshot.user.id : null;
    if (user(now) === user(before)) return;
    notes.replaceChildren();
    setText(result, "");
  });
}
