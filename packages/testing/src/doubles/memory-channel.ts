/** The channel between tabs, in memory: messages are copied, and arrive later. In order, unless `deliver` says otherwise. */
import type { ChannelPort } from "@lockstep/core/internals";
import { microtask } from "./soon.js";

/** What listeners threw is kept up to here. */
const uncaughtLimit = 100;

export interface MemoryChannel {
  open(onMessage: (data: unknown) => void): ChannelPort;
  /** A script of the same origin posts something. */
  forge(data: unknown): void;
  /** What listeners threw: in a browser, uncaught errors of the page. The first hundred. */
  readonly uncaught: readonly unknown[];
}

export interface MemoryChannelOptions {
  /**
   * Called once for each receiver of each message; the message arrives when it calls `run`: at once, later, twice or
   * never. Default: a microtask later, which keeps the order.
   */
  readonly deliver?: (run: () => void, message: unknown) => void;
  /** Sees a copy of each message as it is posted. */
  readonly onPost?: (message: unknown) => void;
}

/** jest hides `structuredClone` from its DOM environments; a session's messages are plain data. */
function copyOf(message: unknown): unknown {
  if (typeof structuredClone === "function") return structuredClone(message);
  // oxlint-disable-next-line unicorn/prefer-structured-clone -- it is not there
  return JSON.parse(JSON.stringify(message)) as unknown;
}

export function createMemoryChannel({
  deliver = microtask,
  onPost,
}: MemoryChannelOptions = {}): MemoryChannel {
  const listeners = new Set<(data: unknown) => void>();
  const uncaught: unknown[] = [];

  function hear(listener: (data: unknown) => void, data: unknown): void {
    if (!listeners.has(listener)) return;
    try {
      listener(data);
    } catch (error) {
      if (uncaught.length < uncaughtLimit) uncaught.push(error);
    }
  }

  /** To those that are open now: a channel opened after the post does not hear it. */
  function send(message: unknown, from: unknown): void {
    const copy = copyOf(message);
    onPost?.(copy);
    for (const listener of listeners) {
      if (listener !== from) deliver(() => hear(listener, copy), copy);
    }
  }

  return {
    uncaught,
    forge: (data) => send(data, null),
    open(onMessage) {
      const listener = (data: unknown): void => onMessage(data);
      listeners.add(listener);
      return {
        post(message) {
          if (!listeners.has(listener)) throw new DOMException("The channel is closed.", "InvalidStateError");
          send(message, listener);
        },
        close: () => void listeners.delete(listener),
      };
    },
  };
}
