/** The step-up: what the session asks of its user, until the dialog has an answer. */
import { isSessionError, type StepUpChallenge } from "@lockstep/core";

export interface Question {
  /** 1 at first; more when what was answered before was wrong. */
  readonly attempt: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** What the server is to check; `null`: the user would not. */
  readonly answer: (proof: object | null) => void;
}

let question: Question | null = null;
const listeners = new Set<() => void>();

function setQuestion(next: Question | null): void {
  question = next;
  for (const listener of listeners) listener();
}

export const currentQuestion = (): Question | null => question;

export function onQuestion(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The `stepUp` option of the session. The dialog stays open until the answer has been checked. */
export async function askUser({ attempt, signal }: StepUpChallenge): Promise<object | null> {
  const wasClosed = attempt > 1 && question === null;
  if (wasClosed) return null;
  const { promise, resolve } = Promise.withResolvers<object | null>();
  signal.addEventListener("abort", () => {
    setQuestion(null);
    resolve(null);
  });
  setQuestion({
    attempt,
    signal,
    answer(proof) {
      if (proof === null) setQuestion(null);
      resolve(proof);
    },
  });
  return promise;
}

/** Whether something was not done because the user would not step up: nothing to explain to them. */
export const isStepUpCancelled = (error: unknown): boolean =>
  isSessionError(error) && error.code === "step-up-cancelled";
