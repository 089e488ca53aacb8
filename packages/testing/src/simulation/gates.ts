/** What stands between a tab and what all tabs share. */
import {
  messageVersion,
  type ChannelPort,
  type LockCallbacks,
  type LockPort,
  type Message,
  type PresencePort,
} from "@lockstep/core/internals";
import type { MemoryChannel } from "../doubles/memory-channel.js";
import type { WorldTime } from "./time.js";

export interface LockGateOptions {
  readonly time: WorldTime;
  readonly lock: LockPort;
  readonly enter: (run: () => void) => void;
  readonly areLocksRefused: () => boolean;
}

/** The lock through the tab's gate: a tab that stands still is granted it and cannot run; one that gave up is not called back. */
export function gatedLock({ time, lock, enter, areLocksRefused }: LockGateOptions): LockPort {
  let requests = 0;
  return {
    request(steal, callbacks) {
      const request = (requests += 1);
      const call = (run: (to: LockCallbacks) => void) => () =>
        enter(() => {
          if (request === requests) run(callbacks);
        });
      if (areLocksRefused()) {
        lock.release();
        time.inBrowser(
          0,
          call((to) => to.refused("SecurityError")),
        );
        return;
      }
      lock.request(steal, {
        granted: call((to) => to.granted()),
        refused: (reason) => call((to) => to.refused(reason))(),
        stolen: call((to) => to.stolen()),
      });
    },
    release() {
      requests += 1;
      lock.release();
    },
  };
}

export interface PresenceGateOptions {
  readonly time: WorldTime;
  readonly presence: PresencePort;
  readonly enter: (run: () => void) => void;
  /** How long the lock manager takes to answer. */
  readonly delayMs: () => number;
}

/** Who is alive, through the tab's gate: a promise of a tab that stands still settles when it goes on. */
export function gatedPresence({ time, presence, enter, delayMs }: PresenceGateOptions): PresencePort {
  function later<Value>(value: Value): Promise<Value> {
    const { promise, resolve } = Promise.withResolvers<Value>();
    time.inBrowser(delayMs(), () => enter(() => resolve(value)));
    return promise;
  }
  return {
    publish(peer) {
      void presence.publish(peer);
      return later(undefined);
    },
    withdraw: () => presence.withdraw(),
    // The double answers at once: what is read is of now, and known a little later.
    peers: async () => later(await presence.peers()),
  };
}

/** One version for another. */
function translated(message: unknown, from: number, to: number): unknown {
  return typeof message === "object" && message !== null && (message as Message).v === from
    ? { ...message, v: to }
    : message;
}

/** A version that nobody speaks. */
const foreign = -1;

/**
 * The channel of a tab that speaks another protocol version, or the same: what it says is of its version, what is of its
 * version reads as ours, and ours as a foreign one.
 */
export function openForeignChannel(
  channel: MemoryChannel,
  dialect: number,
  onMessage: (data: unknown) => void,
): ChannelPort {
  if (dialect === messageVersion) return channel.open(onMessage);
  const port = channel.open((data) =>
    onMessage(translated(translated(data, messageVersion, foreign), dialect, messageVersion)),
  );
  return { post: (message) => port.post(translated(message, messageVersion, dialect)), close: port.close };
}
