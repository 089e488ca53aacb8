/**
 * The ports of simulated tabs. What tabs of a browser share, these share: the register, the lock, the channel, the
 * list of who is alive. Each passes the conformance suite of the adapter it stands for.
 */
import type { Peer } from "../../src/machine/event.js";
import type { Hold, RegisterReading } from "../../src/machine/register.js";
import type { EpochRecord } from "../../src/machine/version.js";
import type {
  ActivityPort,
  ChannelPort,
  LifecycleEvent,
  LifecyclePort,
  LockCallbacks,
  LockPort,
  PresencePort,
  RegisterPort,
} from "../../src/runtime/ports.js";

export interface FakeRegister extends RegisterPort {
  record: EpochRecord | null;
  mark: RegisterReading["mark"];
  hold: Hold | null;
}

/** One register for all tabs. */
export function createFakeRegister(): FakeRegister {
  return {
    record: null,
    mark: null,
    hold: null,
    read() {
      return { record: this.record, mark: this.mark, hold: this.hold };
    },
    writeRecord(record) {
      this.record = record;
    },
    writeHold(hold) {
      this.hold = hold;
    },
  };
}

interface LockRequest {
  readonly callbacks: LockCallbacks;
  over: boolean;
}

/** One lock for all tabs; `tab` is one tab's way to it. */
export function createFakeLock(): { tab(): LockPort } {
  let holder: LockRequest | null = null;
  const queue: LockRequest[] = [];

  function grantNext(): void {
    while (holder === null && queue.length > 0) {
      const next = queue.shift();
      if (next === undefined || next.over) continue;
      holder = next;
      queueMicrotask(() => {
        if (!next.over) next.callbacks.granted();
      });
    }
  }

  function letGo(request: LockRequest): void {
    request.over = true;
    if (holder !== request) return;
    holder = null;
    grantNext();
  }

  return {
    tab() {
      let current: LockRequest | null = null;
      const release = (): void => {
        if (current !== null) letGo(current);
        current = null;
      };
      return {
        release,
        request(steal, callbacks) {
          release();
          const own: LockRequest = { callbacks, over: false };
          current = own;
          if (steal && holder !== null) {
            const robbed = holder;
            holder = null;
            queueMicrotask(() => {
              if (!robbed.over) robbed.callbacks.stolen();
              robbed.over = true;
            });
          }
          if (steal) queue.unshift(own);
          else queue.push(own);
          grantNext();
        },
      };
    },
  };
}

/** Who is alive, for all tabs. */
export function createFakePresence(): { tab(): PresencePort } {
  const shown = new Map<object, Peer>();
  return {
    tab() {
      const self = {};
      return {
        async publish(peer) {
          shown.set(self, peer);
        },
        withdraw: () => void shown.delete(self),
        peers: async () => [...shown.values()],
      };
    },
  };
}

export interface FakeChannel {
  open(onMessage: (data: unknown) => void): ChannelPort;
  /** Everything that was posted, in order. */
  readonly posted: unknown[];
  /** What listeners threw: in a browser, an uncaught error of the page. */
  readonly uncaught: unknown[];
  /** A script of the same origin posts something. */
  forge(data: unknown): void;
}

/** One channel for all tabs: messages are cloned, and arrive later and in order. */
export function createFakeChannel(): FakeChannel {
  const listeners = new Set<(data: unknown) => void>();
  const posted: unknown[] = [];
  const uncaught: unknown[] = [];

  function hear(listener: (data: unknown) => void, data: unknown): void {
    try {
      listener(data);
    } catch (error) {
      uncaught.push(error);
    }
  }

  function deliver(message: unknown, from: unknown): void {
    const copy: unknown = structuredClone(message);
    posted.push(copy);
    queueMicrotask(() => {
      for (const listener of [...listeners])
        if (listener !== from && listeners.has(listener)) hear(listener, copy);
    });
  }

  return {
    posted,
    uncaught,
    forge: (data) => deliver(data, null),
    open(onMessage) {
      const listener = (data: unknown): void => onMessage(data);
      listeners.add(listener);
      return {
        post(message) {
          if (!listeners.has(listener)) throw new DOMException("The channel is closed.", "InvalidStateError");
          deliver(message, listener);
        },
        close: () => void listeners.delete(listener),
      };
    },
  };
}

export interface FakeLifecycle extends LifecyclePort {
  emit(...events: readonly LifecycleEvent[]): void;
  hide(): void;
  show(): void;
  /** Whether anybody listens. */
  readonly attached: boolean;
}

export function createFakeLifecycle(): FakeLifecycle {
  let visible = true;
  const listeners = new Set<(event: LifecycleEvent) => void>();
  const emit = (...events: readonly LifecycleEvent[]): void => {
    for (const event of events) for (const listener of [...listeners]) listener(event);
  };
  return {
    emit,
    isVisible: () => visible,
    hide() {
      visible = false;
      emit({ type: "hidden" });
    },
    show() {
      visible = true;
      emit({ type: "woke", cause: "shown" });
    },
    get attached() {
      return listeners.size > 0;
    },
    attach(on) {
      const listener = (event: LifecycleEvent): void => on(event);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The user's activity, for all tabs. */
export function createFakeActivity(wall: () => number): {
  tab(): ActivityPort & { act(): void; readonly attached: boolean };
} {
  let lastWall: number | null = null;
  return {
    tab() {
      let attached = false;
      const touch = (): void => void (lastWall = wall());
      return {
        ageMs: () => (lastWall === null ? null : Math.max(0, wall() - lastWall)),
        touch,
        act: () => attached && touch(),
        get attached() {
          return attached;
        },
        attach() {
          attached = true;
          return () => void (attached = false);
        },
      };
    },
  };
}
