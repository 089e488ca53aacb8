/** The shell of a tab's listening: does what its machine decides, and hands the news to the session. */
import type { Event } from "../machine/event.js";
import type { InspectionEvent } from "../machine/inspection.js";
import type { ClockPort, EntropyPort, ListenerPort, LockPort, TimersPort } from "../runtime/ports.js";
import type { FetchStream } from "./fetch-stream.js";
import { initialListening, listen, type ListeningEffect, type ListeningEvent } from "./machine.js";

export interface ListenerOptions {
  readonly clock: ClockPort;
  readonly entropy: EntropyPort;
  readonly timers: TimersPort;
  /** One for all tabs of the browser: who holds it listens. */
  readonly lock: LockPort;
  readonly stream: FetchStream;
  /** Also while no tab is seen. */
  readonly whenHidden: boolean;
  readonly send: (event: Event) => void;
  readonly inspect: (event: InspectionEvent) => void;
}

export function createListener(options: ListenerOptions): ListenerPort {
  const { clock, entropy, timers, lock, stream, whenHidden, send, inspect } = options;
  let listening = initialListening;
  let token = "";
  let isStopped = false;

  function turn(event: ListeningEvent): void {
    if (isStopped) return;
    const before = listening;
    const [after, effects] = listen(before, event, { at: clock.now(), roll: entropy.roll() });
    listening = after;
    effects.forEach(perform);
    // Last: who is told may sign out or dispose of the session, and what this turn does would undo what that does.
    if ((before.phase === "open") !== (after.phase === "open"))
      inspect({ type: "listening", isOpen: after.phase === "open" });
  }

  function perform(effect: ListeningEffect): void {
    switch (effect.type) {
      case "queue":
        return lock.request(false, {
          granted: () => turn({ type: "lock-granted" }),
          refused: () => turn({ type: "lock-refused" }),
          stolen: () => turn({ type: "lock-stolen" }),
        });
      case "leave-queue":
        return lock.release();
      case "open":
        return stream.open(token, {
          opened: () => turn({ type: "opened" }),
          heard: () => turn({ type: "heard" }),
          news: (news) => send({ type: "news-heard", news }),
          closed: (closing) => turn({ type: "closed", closing }),
        });
      case "close":
        return stream.close();
      case "refresh":
        return send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
      case "arm-timer": {
        const { name } = effect;
        return timers.arm(name, effect.delayMs, () => turn({ type: "timer-fired", name }));
      }
      case "cancel-timer":
        return timers.cancel(effect.name);
    }
  }

  return {
    look(state) {
      const { life, visible, grant, who } = state;
      const isHere = life === "live" && (visible || whenHidden);
      const isWanted = isHere && who.status === "authenticated";
      token = grant?.token ?? "";
      turn({
        type: "looked",
        sessionId: isWanted && grant !== null ? grant.identity.sessionId : null,
        isOver: isHere && who.status === "unauthenticated",
        revision: grant?.revision ?? -1,
      });
    },
    online: () => turn({ type: "online" }),
    stop() {
      turn({ type: "looked", sessionId: null, isOver: false, revision: -1 });
      isStopped = true;
    },
  };
}
