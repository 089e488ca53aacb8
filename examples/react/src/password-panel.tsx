/** A new password, which signs every other device out. */
import { isSessionError } from "@lockstep/core";
import { useUser } from "@lockstep/react";
import { useActionState, type ReactNode } from "react";
import { changePassword } from "./account.ts";

/** The server says what is wrong with a password. */
async function explain(failure: unknown): Promise<string> {
  const answer: unknown =
    isSessionError(failure) && failure.response instanceof Response
      ? await failure.response.json().catch(() => null)
      : null;
  return (answer as { message?: string } | null)?.message ?? "That did not work. Please try again.";
}

export function PasswordPanel(): ReactNode {
  const user = useUser();

  const [outcome, submit, isPending] = useActionState(
    async (_before: { problem: string | null } | null, form: FormData) => {
      try {
        await changePassword(form.get("current") as string, form.get("password") as string);
        return { problem: null };
      } catch (error) {
        return { problem: await explain(error) };
      }
    },
    null,
  );

  return (
    <form className="panel" action={submit}>
      <h2>Change password</h2>
      {/* For password managers. */}
      <input name="name" value={user?.name} autoComplete="username" readOnly hidden />
      <label>
        Current password
        <input name="current" type="password" autoComplete="current-password" required />
      </label>
      <label>
        New password
        <input name="password" type="password" autoComplete="new-password" minLength={8} required />
      </label>
      {outcome?.problem && <p role="alert">{outcome.problem}</p>}
      {outcome?.problem === null && (
        <p role="status">Your password is changed. All other devices are signed out.</p>
      )}
      <button className="primary" disabled={isPending}>
        Change password
      </button>
    </form>
  );
}
