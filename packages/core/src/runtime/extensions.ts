/** Callers that ask for more time: told what the server made of it, or why it could not be asked. */
import { SessionError } from "../errors.js";
import type { Event } from "../machine/event.js";
import { endsAtWall } from "../machine/idling.js";
import type { Failure } from "../machine/outcome.js";
import type { State } from "../machine/state.js";
import { failureError } from "./failure-error.js";
import type { TimersPort } from "./ports.js";
import { assertSession, waitLimitMs } from "./tokens.js";
import { createWaitingRoom } from "./waiters.js";

export interface ExtensionsOptions {
  readonly timers: TimersPort;
  readonly state: () => State;
  readonly send: (event: Event) => void;
}

export interface Extensions {
  ask(minutes: number): Promise<number>;
  /** Lets everybody who waits look whether there is a session yet. */
  look(): void;
  /** The server has answered whoever asked for no more than that. */
  settle(minutes: number, granted: boolean): void;
  fail(failure: Failure): void;
}

export function createExtensions({ timers, state, send }: ExtensionsOptions): Extensions {
  const room = createWaitingRoom("the extension", timers);
  const asked = new Set<{ readonly minutes: number; granted?: boolean }>();

  return {
    async ask(minutes) {
      const own: { readonly minutes: number; granted?: boolean } = { minutes };
      const promise = room.wait(
        () => {
          assertSession(state());
          if (own.granted === false)
            throw new SessionError("refused", "The server's policy does not extend sessions.");
          return own.granted && endsAtWall(state());
        },
        { limitMs: waitLimitMs, signal: null },
      );
      asked.add(own);
      if (room.size > 0) send({ type: "extension-wanted", minutes });
      try {
        return await promise;
      } finally {
        asked.delete(own);
      }
    },
    look: room.tryAll,
    settle(minutes, granted) {
      for (const each of asked) if (each.minutes <= minutes) each.granted = granted;
    },
    fail: (failure) => room.failAll(() => failureError(failure)),
  };
}
