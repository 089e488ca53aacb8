/** The two calls that change who is signed in, seen from the caller: one promise each, settled within its bound. */
import { SessionError } from "../errors.js";
import type { Failure, SignInOutcome } from "../machine/outcome.js";
import { failureError } from "./failure-error.js";
import type { WaitingRoom } from "./waiters.js";

/** What `signOut` came to. `revoked: false`: signed out here and in every tab; the server is told as soon as it can be. */
export interface SignOutResult {
  readonly revoked: boolean;
}

interface SignInCall {
  readonly call: () => unknown;
  readonly answered: (ticket: number, outcome: SignInOutcome) => void;
  readonly read: (answer: unknown) => Promise<SignInOutcome>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  failure: () => unknown;
}

export interface SignInCalls {
  begin(options: Pick<SignInCall, "call" | "answered" | "read">): Promise<void>;
  run(ticket: number): void;
  settle(result: "signed-in" | "failed" | "timeout" | "superseded"): void;
  postpone(failure: Failure): void;
  turnAway(error: unknown): void;
}

/** The error of a login answer that is not ok; the answer itself goes along for the application to read. */
function rejection(answer: unknown): SessionError {
  const status =
    typeof answer === "object" && answer !== null ? (answer as { status?: unknown }).status : undefined;
  return new SessionError("sign-in-failed", "The login call was answered with an error; see `response`.", {
    response: answer,
    ...(typeof status === "number" ? { status } : {}),
  });
}

export function createSignInCalls(): SignInCalls {
  let current: SignInCall | null = null;

  function take(): SignInCall | null {
    const call = current;
    current = null;
    return call;
  }

  async function runCall(call: SignInCall, ticket: number): Promise<void> {
    let outcome: SignInOutcome = { kind: "failed" };
    try {
      const answer = await call.call();
      call.failure = () => rejection(answer);
      outcome = await call.read(answer);
    } catch (error) {
      call.failure = () => error;
    }
    call.answered(ticket, outcome);
  }

  return {
    begin(options) {
      if (current !== null)
        throw new SessionError(
          "sign-in-in-progress",
          "Another signIn() of this tab is under way; await it first.",
        );
      return new Promise<void>((resolve, reject) => {
        current = { ...options, resolve, reject, failure: () => undefined };
      });
    },
    run(ticket) {
      if (current !== null) void runCall(current, ticket);
    },
    settle(result) {
      const call = take();
      switch (result) {
        case "signed-in":
          return call?.resolve();
        case "failed":
          return call?.reject(call.failure());
        case "timeout":
          return call?.reject(new SessionError("timeout", "The login call took longer than it may."));
        case "superseded":
          return call?.reject(
            new SessionError("sign-in-superseded", "signOut() was called while the login was under way."),
          );
      }
    },
    postpone(failure) {
      take()?.reject(failureError(failure));
    },
    turnAway(error) {
      take()?.reject(error);
    },
  };
}

export interface SignOutCalls {
  wait(limitMs: number): Promise<SignOutResult>;
  settle(revoked: boolean): void;
}

export function createSignOutCalls(room: WaitingRoom): SignOutCalls {
  let settled = 0;
  let last: SignOutResult = { revoked: false };
  return {
    wait(limitMs) {
      const before = settled;
      // Signed out it is in any case; a bound that runs out only means that the server is not known to have heard.
      return room
        .wait(() => (settled > before ? last : undefined), { limitMs, signal: null })
        .catch(() => ({ revoked: false }));
    },
    settle(revoked) {
      settled += 1;
      last = { revoked };
      room.tryAll();
    },
  };
}
