/** Signs in, or switches to another account: to the session both are the same. */
import { isSessionError } from "@lockstep/core";
import { element, onSubmit } from "./elements.ts";
import { session } from "./session.ts";

const form = element("#sign-in", HTMLFormElement);
const problem = element("#sign-in-problem", HTMLElement);
const submit = element("button", HTMLButtonElement, form);

function explain(error: unknown): string {
  return isSessionError(error) && error.code === "sign-in-failed"
    ? "Wrong name or password."
    : "The server cannot be reached. Please try again.";
}

onSubmit(form, async () => {
  const body = new FormData(form);
  problem.hidden = true;
  submit.disabled = true;
  try {
    await session.signIn(() => fetch("/sign-in", { method: "POST", body }));
  } catch (error) {
    problem.textContent = explain(error);
    problem.hidden = false;
  } finally {
    submit.disabled = false;
  }
});

/** Shows the form; hidden, it forgets what was typed. */
export function showSignInForm(isShown: boolean): void {
  form.hidden = !isShown;
  if (isShown) return;
  form.reset();
  problem.hidden = true;
}
