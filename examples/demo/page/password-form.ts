/** Another password, which signs every other device out. */
import { isSessionError } from "@lockstep/core";
import { element, setText } from "./elements.ts";
import type { DemoSession } from "./session.ts";

/** The server says what is wrong with a password. */
async function problemOf(failure: unknown): Promise<string> {
  const answer: unknown =
    isSessionError(failure) && failure.response instanceof Response
      ? await failure.response.json().catch(() => null)
      : null;
  return (answer as { message?: string } | null)?.message ?? "Not changed: the server cannot be reached.";
}

export function showPasswordForm(session: DemoSession, announce: (text: string) => void): void {
  const form = element("#change-password", HTMLFormElement);
  const problem = element("#password-problem", HTMLElement);
  const name = element("input[name=name]", HTMLInputElement, form);

  /** The answer is a new session in place of this one, so it is a sign-in, which keeps refreshes waiting meanwhile. */
  async function send(): Promise<void> {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${await session.getAccessToken()}`,
    };
    const body = JSON.stringify(Object.fromEntries(new FormData(form)));
    await session.signIn(() => fetch("/password", { method: "POST", headers, body }));
  }

  async function change(): Promise<void> {
    setText(problem, "");
    try {
      await send();
      form.reset();
      announce("The password is changed, and every other device is signed out.");
    } catch (error) {
      setText(problem, await problemOf(error));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void change();
  });
  session.subscribe((snapshot) => {
    name.value = snapshot.status === "authenticated" ? snapshot.user.id : "";
    if (snapshot.status !== "authenticated") form.reset();
  });
}
