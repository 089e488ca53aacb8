/** The step-up: a dialog that asks for the password before something sensitive is done. */
import { isSessionError, type StepUpChallenge } from "@lockstep/core";
import { element, setText } from "./elements.ts";

const dialog = element("#step-up", HTMLDialogElement);
const form = element("form", HTMLFormElement, dialog);
const password = element("input", HTMLInputElement, form);
const problem = element("#step-up-problem", HTMLElement, form);
const submit = element("button[type=submit]", HTMLButtonElement, form);

form.addEventListener("submit", (event) => event.preventDefault());
element("button[type=button]", HTMLButtonElement, form).addEventListener("click", () => dialog.close());

/** The `stepUp` option of the session. The dialog stays open until the answer has been checked. */
export async function askForPassword({ attempt, signal }: StepUpChallenge): Promise<object | null> {
  const wasClosed = attempt > 1 && !dialog.open;
  if (wasClosed) return null;
  setText(problem, attempt === 1 ? "" : "That was not right. Please try again.");
  setText(submit, "Confirm");
  form.reset();
  if (!dialog.open) dialog.showModal();
  password.focus();

  const { promise, resolve } = Promise.withResolvers<object | null>();
  const answered = new AbortController();
  const whileAsked = { signal: answered.signal };
  const confirm = (): void => {
    setText(submit, "Checking …");
    resolve({ password: password.value });
  };
  form.addEventListener("submit", confirm, whileAsked);
  dialog.addEventListener("close", () => resolve(null), whileAsked);
  signal.addEventListener("abort", () => dialog.close());
  try {
    return await promise;
  } finally {
    answered.abort();
  }
}

/** Whether something was not done because the user would not step up. */
export const isStepUpCancelled = (error: unknown): boolean =>
  isSessionError(error) && error.code === "step-up-cancelled";
