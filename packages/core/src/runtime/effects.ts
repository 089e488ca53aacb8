/** Doing what the machine decided. Every outcome goes back to it as an event; a port that throws is an event too. */
import type { Effect } from "../machine/effect.js";
import type { Event } from "../machine/event.js";
import type { InspectionEvent } from "../machine/inspection.js";
import type { Failure } from "../machine/outcome.js";
import type { MessageChannel } from "./channel.js";
import type { Ports } from "./ports.js";

/** What effects mean to the session's callers rather than to the platform. */
export interface Callers {
  callSignIn(ticket: number): void;
  settleSignIn(result: "signed-in" | "failed" | "timeout" | "superseded"): void;
  postponeSignIn(failure: Failure): void;
  settleSignOut(revoked: boolean): void;
  settleExtension(minutes: number, granted: boolean): void;
  failWaiters(failure: Failure): void;
  inspect(event: InspectionEvent): void;
  disposed(): void;
}

export interface EffectRunnerOptions {
  readonly tabId: string;
  readonly ports: Ports;
  readonly channel: MessageChannel;
  readonly callers: Callers;
  send(event: Event): void;
}

export function createEffectRunner({
  tabId,
  ports,
  channel,
  callers,
  send,
}: EffectRunnerOptions): (effect: Effect) => void {
  const { timers, lock, presence, register, transport, clock, activity } = ports;
  let lockRequests = 0;
  let published: Promise<void> = Promise.resolve();

  /** Where the register is the lock manager, the next holder must see our revision before it gets the lock. */
  function releaseLock(): void {
    if (register.read().mark !== "unreadable") return lock.release();
    const request = lockRequests;
    void published.then(() => {
      if (request === lockRequests) lock.release();
    });
  }

  function requestLock(ticket: number, steal: boolean): void {
    lockRequests += 1;
    lock.request(steal, {
      granted: () => send({ type: "lock-granted", ticket }),
      refused: (reason) => {
        send({ type: "port-failed", port: "lock", reason });
        send({ type: "lock-refused", ticket });
      },
      stolen: () => send({ type: "lock-stolen", ticket }),
    });
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case "arm-timer": {
        const { name } = effect;
        return timers.arm(name, effect.delayMs, () => send({ type: "timer-fired", name }));
      }
      case "cancel-timer":
        return timers.cancel(effect.name);
      case "request-lock":
        return requestLock(effect.ticket, effect.steal);
      case "release-lock":
        return releaseLock();
      case "read-peers": {
        const { ticket } = effect;
        void presence.peers().then((peers) => send({ type: "peers-read", ticket, peers }));
        return;
      }
      case "publish-presence":
        published = presence.publish({ tabId, epoch: effect.epoch, revision: effect.revision });
        return;
      case "withdraw-presence":
        return presence.withdraw();
      case "write-record":
        return register.writeRecord(effect.record);
      case "write-hold":
        return register.writeHold(effect.hold);
      case "write-lifetime":
        return register.writeLifetime(effect.lifetime);
      case "broadcast":
        return channel.post(effect.body);
      case "send-refresh": {
        const { ticket, epoch, attempt, extension } = effect;
        const startedAt = clock.now();
        void transport
          .refresh(attempt, activity.ageMs(), extension)
          .then((outcome) => send({ type: "refresh-answered", ticket, epoch, startedAt, outcome }));
        return;
      }
      case "send-sign-out": {
        const { ticket } = effect;
        void transport
          .signOut(effect.scope)
          .then((outcome) => send({ type: "sign-out-answered", ticket, outcome }));
        return;
      }
      case "call-sign-in":
        return callers.callSignIn(effect.ticket);
      case "settle-sign-in":
        return callers.settleSignIn(effect.result);
      case "postpone-sign-in":
        return callers.postponeSignIn(effect.failure);
      case "settle-sign-out":
        return callers.settleSignOut(effect.revoked);
      case "settle-extension":
        return callers.settleExtension(effect.minutes, effect.granted);
      case "fail-waiters":
        return callers.failWaiters(effect.failure);
      case "inspect":
        return callers.inspect(effect.event);
      case "dispose":
        return callers.disposed();
    }
  }

  return (effect) => {
    try {
      perform(effect);
    } catch (error) {
      send({
        type: "port-failed",
        port: effect.type,
        reason: error instanceof Error ? error.name : "unknown",
      });
    }
  };
}
