/** Asks users to prove again who they are. One dialog for the application: whoever needs a step-up waits for it. */
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { methods, prove, sendCode, type Method } from "./proofs.ts";
import { currentQuestion, onQuestion, type Question } from "./step-up.ts";

export function StepUpDialog(): ReactNode {
  const question = useSyncExternalStore(onQuestion, currentQuestion);
  const dialog = useRef<HTMLDialogElement>(null);
  const isAsked = question !== null;

  // Open before the form's effect puts the focus in a field. Closing gives it back to where it was.
  useLayoutEffect(() => {
    if (isAsked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isAsked]);

  return (
    <dialog
      ref={dialog}
      className="panel"
      aria-labelledby="step-up-title"
      onClose={() => question?.answer(null)}
    >
      {isAsked && <StepUpForm question={question} />}
    </dialog>
  );
}

const names: Readonly<Record<Method, string>> = { password: "Password", code: "Code", passkey: "Passkey" };

function StepUpForm({ question }: { readonly question: Question }): ReactNode {
  const { attempt, signal, answer } = question;
  const [method, setMethod] = useState<Method>("password");
  const [checkedAttempt, setCheckedAttempt] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const isChecking = checkedAttempt === attempt;

  useEffect(() => {
    setProblem(attempt === 1 ? null : "That was not right. Please try again.");
    form.current?.querySelector<HTMLElement>(".proof input, button.primary")?.focus();
  }, [attempt]);

  async function submit(): Promise<void> {
    if (form.current === null || isChecking) return;
    setProblem(null);
    setCheckedAttempt(attempt);
    try {
      answer(await prove[method](new FormData(form.current), signal));
    } catch {
      setCheckedAttempt(0);
      setProblem("That did not work. Please try again, or another way.");
    }
  }

  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 id="step-up-title">Is it you?</h2>
      <p className="quiet">Please confirm before we go on.</p>
      <fieldset className="choice">
        <legend>Confirm with</legend>
        {methods.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="method"
              checked={method === each}
              onChange={() => {
                setMethod(each);
                setProblem(null);
              }}
            />
            {names[each]}
          </label>
        ))}
      </fieldset>
      <div className="proof">
        {method === "password" && <PasswordField key={attempt} />}
        {method === "code" && <CodeField attempt={attempt} />}
        {method === "passkey" && (
          <p className="quiet">Your browser will ask for it. You can add one under “My devices”.</p>
        )}
      </div>
      {problem !== null && <p role="alert">{problem}</p>}
      <div className="buttons">
        <button type="button" onClick={() => answer(null)}>
          Cancel
        </button>
        <button className="primary" aria-disabled={isChecking}>
          {isChecking ? "Checking …" : "Confirm"}
        </button>
      </div>
    </form>
  );
}

function PasswordField(): ReactNode {
  return (
    <label>
      Your password
      <input name="password" type="password" autoComplete="current-password" required />
    </label>
  );
}

/** A code may be tried again: only what was typed goes with the attempt. */
function CodeField({ attempt }: { readonly attempt: number }): ReactNode {
  const [code, setCode] = useState<string | null>(null);

  useEffect(() => {
    let isShown = true;
    sendCode().then(
      (sent) => isShown && setCode(sent),
      () => undefined,
    );
    return () => void (isShown = false);
  }, []);

  return (
    <>
      <p className="phone">
        Your phone shows <strong>{code === null ? "…" : `${code.slice(0, 3)} ${code.slice(3)}`}</strong>
      </p>
      <label>
        The code
        <input
          key={attempt}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]{3} ?[0-9]{3}"
          title="six digits"
          required
        />
      </label>
    </>
  );
}
