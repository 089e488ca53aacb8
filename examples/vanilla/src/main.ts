/** The page follows the session: what is on it depends on the snapshot, and on nothing else. */
import type { EndReason } from "@lockstep/core";
import "@lockstep/example-backend/style.css";
import { element } from "./elements.ts";
import { clearNotes, showNotes } from "./notes-panel.ts";
import { session } from "./session.ts";
import { showSignInForm } from "./sign-in-form.ts";

const loading = element("#loading", HTMLElement);
const reason = element("#reason", HTMLElement);
const who = element("#who", HTMLElement);
const userName = element("#user-name", HTMLElement);
const problem = element("#problem", HTMLElement);
const switchButton = element("#switch", HTMLButtonElement);

/** Nothing to explain to those who have just signed out, or were never in. */
const sentences: Readonly<Record<EndReason, string>> = {
  "signed-out": "",
  "no-session": "",
  "signed-out-elsewhere": "You were signed out in another tab or on another device.",
  idle: "You were signed out because you were away for long.",
  expired: "Your session has ended. Please sign in again.",
  revoked: "You were signed out from another device.",
  "reuse-detected": "You were signed out to keep your account safe.",
};

let shownSession: string | null = null;

/** Called for each change of the snapshot; a silent refresh is none. */
function show(): void {
  const snapshot = session.getSnapshot();
  const isSignedIn = snapshot.status === "authenticated";
  const sentence = snapshot.status === "unauthenticated" ? sentences[snapshot.reason] : "";
  loading.hidden = snapshot.status !== "loading";
  who.hidden = !isSignedIn;
  problem.hidden = !isSignedIn || snapshot.problem === null;
  reason.hidden = sentence === "";
  reason.textContent = sentence;
  userName.textContent = isSignedIn ? snapshot.user.name : "";

  // Another session is another page: nothing of the former user is left on it.
  const sessionId = isSignedIn ? snapshot.sessionId : null;
  if (!isSignedIn || sessionId !== shownSession) {
    switchButton.ariaExpanded = "false";
    showSignInForm(snapshot.status === "unauthenticated");
  }
  if (sessionId === shownSession) return;
  shownSession = sessionId;
  if (isSignedIn) showNotes();
  else clearNotes();
}

switchButton.addEventListener("click", () => {
  const isSwitching = switchButton.ariaExpanded !== "true";
  switchButton.ariaExpanded = String(isSwitching);
  showSignInForm(isSwitching);
});
element("#sign-out", HTMLButtonElement).addEventListener("click", () => void session.signOut());

session.subscribe(show);
session.start();
show();
