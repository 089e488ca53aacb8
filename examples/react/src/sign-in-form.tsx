/** Signs in, or switches to another account: to the session both are the same. */
import { isSessionError } from "@lockstep/core";
import { useSession } from "@lockstep/react";
import { useActionState, type ReactNode } from "react";

function explain(error: unknown): string {
  return isSessionError(error) && error.code === "sign-in-failed"
    ? "Wrong name or password."
    : "The server cannot be reached. Please try again.";
}

interface SignInFormProps {
  readonly onSignedIn?: () => void;
}

export function SignInForm({ onSignedIn }: SignInFormProps): ReactNode {
  const { signIn } = useSession();

  const [failed, submit, isPending] = useActionState(
    async (_before: { name: string; problem: string } | null, form: FormData) => {
      try {
        await signIn(() => fetch("/sign-in", { method: "POST", body: form }));
        onSignedIn?.();
        return null;
      } catch (error) {
        return { name: form.get("name") as string, problem: explain(error) };
      }
    },
    null,
  );

  return (
    <form className="panel" action={submit}>
      <h2>Sign in</h2>
      <p className="quiet">As Ada or Grace; the password is “demo”.</p>
      <label>
        Name
        <input name="name" defaultValue={failed?.name} autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {failed !== null && <p role="alert">{failed.problem}</p>}
      <button className="primary" disabled={isPending}>
        Sign in
      </button>
    </form>
  );
}
