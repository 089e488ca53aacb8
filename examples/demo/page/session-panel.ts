/** Signing in, switching accounts, signing out. */
import { isSessionError, type SignOutScope } from "@lockstep/core";
import { element, onClick, onSubmit, setText } from "./elements.ts";
import type { DemoSession } from "./session.ts";

const signOutDone: Readonly<Record<SignOutScope, string>> = {
  this: "Signed out in every tab of this browser.",
  all: "Signed out here and on every other device.",
  others: "Every other device is signed out; this browser stays signed in.",
};

function signInProblem(error: unknown): string {
  if (isSessionError(error) && error.code === "sign-in-failed") return "Wrong name or password.";
  return isSessionError(error)
    ? `Not signed in: ${error.message}`
    : "Not signed in: the server cannot be reached.";
}

interface SessionPanelOptions {
  readonly session: DemoSession;
  readonly announce: (text: string) => void;
  readonly othersSignedOut: () => void;
}

export function showSessionPanel({ session, announce, othersSignedOut }: SessionPanelOptions): void {
  const form = element("#sign-in", HTMLFormElement);
  const password = element("#password", HTMLInputElement);
  const submit = element("#sign-in button", HTMLButtonElement);
  const legend = element("#sign-in legend", HTMLElement);
  const problem = element("#sign-in-problem", HTMLElement);
  const signedIn = element("#signed-in", HTMLElement);

  function show(): void {
    const snapshot = session.getSnapshot();
    const isIn = snapshot.status === "authenticated";
    document.body.dataset["status"] = snapshot.status;
    signedIn.hidden = !isIn;
    setText(legend, isIn ? "Switch to another account" : "Sign in as");
    setText(submit, isIn ? "Switch" : "Sign in");
    if (!isIn) return;
    const { user, sessionId } = snapshot;
    setText(element("#user-name", HTMLElement), user.name);
    setText(element("#user-initial", HTMLElement), user.name.slice(0, 1));
    setText(element("#session-id", HTMLElement), `session ${sessionId.slice(0, 6)}…`);
    const other = form.querySelector<HTMLInputElement>(`input[name="user"]:not([value="${user.id}"])`);
    if (other !== null) other.checked = true;
  }

  async function signIn(): Promise<void> {
    setText(problem, "");
    const body = new FormData(form);
    const { status } = session.getSnapshot();
    submit.disabled = true;
    try {
      await session.signIn(() => fetch("/sign-in", { method: "POST", body }));
      announce(status === "authenticated" ? "Switched accounts, in every tab." : "Signed in, in every tab.");
    } finally {
      submit.disabled = false;
    }
  }

  onSubmit(form, signIn, (error) => {
    setText(problem, signInProblem(error));
    password.focus();
  });

  for (const scope of ["this", "others", "all"] as const) {
    const signOut = async (): Promise<void> => {
      const { revoked } = await session.signOut({ scope });
      announce(
        revoked ? signOutDone[scope] : "Signed out. The server will be told as soon as it can be reached.",
      );
      if (scope === "others") othersSignedOut();
    };
    onClick(element(`button[data-sign-out="${scope}"]`, HTMLButtonElement), signOut, () =>
      announce("The server could not be told. Nobody was signed out."),
    );
  }

  session.subscribe(show);
  show();
}
