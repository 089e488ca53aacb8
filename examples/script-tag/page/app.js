/**
 * The page's own code. The session was made by the tag of `lockstep.global.js`, which also shows and hides what has a
 * `data-lockstep-show`; what is left are the forms and the notes.
 */
const { session, isSessionError } = Lockstep;

/** @typedef {{ readonly id: string, readonly text: string }} Note */

/** Nothing to explain to those who have just signed out, or were never in. */
const sentences = {
  "signed-out": "",
  "no-session": "",
  "signed-out-elsewhere": "You were signed out in another tab or on another device.",
  idle: "You were signed out because you were away for long.",
  expired: "Your session has ended. Please sign in again.",
  revoked: "You were signed out from another device.",
  "reuse-detected": "You were signed out to keep your account safe.",
};

const reason = find("#reason", HTMLElement);
const userName = find("#user-name", HTMLElement);
const problem = find("#problem", HTMLElement);
const switchButton = find("#switch", HTMLButtonElement);
const signInForm = find("#sign-in", HTMLFormElement);
const signInProblem = find("#sign-in-problem", HTMLElement);
const newNote = find("#new-note", HTMLFormElement);
const notes = find("#notes", HTMLUListElement);
const notesProblem = find("#notes-problem", HTMLElement);

/** Whose notes are on the page. */
let shownSession = "";

document.addEventListener("lockstep:change", ({ detail: snapshot }) => {
  const isSignedIn = snapshot.status === "authenticated";
  userName.textContent = isSignedIn ? snapshot.user.name : "";
  problem.hidden = !isSignedIn || snapshot.problem === null;
  reason.textContent = snapshot.status === "unauthenticated" ? sentences[snapshot.reason] : "";
  reason.hidden = reason.textContent === "";

  const sessionId = isSignedIn ? snapshot.sessionId : "";
  if (!isSignedIn || sessionId !== shownSession) showSignInForm(snapshot.status === "unauthenticated");
  if (sessionId === shownSession) return;
  shownSession = sessionId;
  // Another session is another page: nothing of the former user is left on it.
  notes.replaceChildren();
  newNote.reset();
  notesProblem.hidden = true;
  if (isSignedIn)
    void attempt(
      () => send("/api/notes"),
      (/** @type {Note[]} */ all) => notes.replaceChildren(...all.map(itemOf)),
    );
});

onSubmit(signInForm, async () => {
  const body = new FormData(signInForm);
  signInProblem.hidden = true;
  try {
    await session.signIn(() => fetch("/sign-in", { method: "POST", body }));
  } catch (error) {
    signInProblem.textContent =
      isSessionError(error) && error.code === "sign-in-failed"
        ? "Wrong name or password."
        : "The server cannot be reached. Please try again.";
    signInProblem.hidden = false;
  }
});

switchButton.addEventListener("click", () => showSignInForm(switchButton.ariaExpanded !== "true"));
find("#sign-out", HTMLButtonElement).addEventListener("click", () => void session.signOut());

onSubmit(newNote, () => {
  const { value: text } = find("input", HTMLInputElement, newNote);
  return attempt(
    () => send("/api/notes", "POST", { text }),
    (/** @type {Note} */ note) => {
      notes.prepend(itemOf(note));
      newNote.reset();
    },
  );
});

/** @param {boolean} isShown */
function showSignInForm(isShown) {
  signInForm.hidden = !isShown;
  switchButton.ariaExpanded = String(isShown);
  if (isShown) return;
  signInForm.reset();
  signInProblem.hidden = true;
}

/** @param {Note} note */
function itemOf(note) {
  const item = copyOf("#note");
  find("span", HTMLElement, item).textContent = note.text;
  find("button", HTMLButtonElement, item).addEventListener("click", () => {
    const editor = copyOf("#note-editor");
    const text = find("input", HTMLInputElement, editor);
    text.value = note.text;
    onSubmit(find("form", HTMLFormElement, editor), () =>
      attempt(
        () => send(`/api/notes/${note.id}`, "PUT", { text: text.value }),
        (/** @type {Note} */ changed) => editor.replaceWith(itemOf(changed)),
      ),
    );
    item.replaceWith(editor);
    text.focus();
  });
  return item;
}

/**
 * Shows what a request brought, or that it failed; nothing if another session is on the page by then.
 *
 * @template Answer
 * @param {() => Promise<Answer>} request
 * @param {(answer: Answer) => void} show
 */
async function attempt(request, show) {
  const asked = shownSession;
  try {
    const answer = await request();
    if (asked !== shownSession) return;
    show(answer);
    notesProblem.hidden = true;
  } catch {
    notesProblem.hidden = asked !== shownSession;
  }
}

/**
 * `session.fetch` is `fetch` with the access token.
 *
 * @template Answer
 * @param {string} path
 * @param {string} [method]
 * @param {unknown} [body]
 * @returns {Promise<Answer>}
 */
async function send(path, method = "GET", body) {
  const headers = { "content-type": "application/json" };
  const response = await session.fetch(path, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  return /** @type {Promise<Answer>} */ (response.json());
}

/**
 * @param {HTMLFormElement} form
 * @param {() => Promise<void>} action instead of the browser's own submission
 */
function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void action();
  });
}

/**
 * @template {Element} Type
 * @param {string} selector
 * @param {new () => Type} type
 * @param {ParentNode} [within]
 */
function find(selector, type, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`There is no ${type.name} that matches ${selector}.`);
  return found;
}

/** @param {string} template */
function copyOf(template) {
  const { content } = find(template, HTMLTemplateElement);
  return find("li", HTMLLIElement, document.importNode(content, true));
}
