import type { RedisClient } from "./redis-client.js";
import { tellAll, type StoreListener } from "./session-store.js";

/** How often a connection that listens is asked whether it still does. */
const PING_INTERVAL_MS = 2000;

/** A connection that is silent for so long, pings notwithstanding, is dead. Longer than the interval. */
const SILENCE_LIMIT_MS = 5000;

/** Longest pause between two tries to connect again, before jitter. */
const LONGEST_PAUSE_MS = 2000;

/** Tells of what is published on a channel: one connection for all who listen, while anybody does. */
export interface RedisNews {
  /** Calls back until the returned function is called. Rejects when nothing can be heard. */
  add(listener: StoreListener): Promise<() => Promise<void>>;
  /** Ends the connection; nobody is told of anything more. */
  stop(): Promise<void>;
}

/** Returns the news of one channel. */
export function createRedisNews(client: RedisClient, channel: string): RedisNews {
  const listeners = new Set<StoreListener>();
  let connecting: Promise<() => void> | undefined;

  async function stop(): Promise<void> {
    listeners.clear();
    const ending = connecting;
    connecting = undefined;
    // The client cannot be destroyed safely while it connects, which it does not try for longer than some seconds.
    await ending?.then(
      (end) => end(),
      () => undefined,
    );
  }

  return {
    stop,
    async add(listener) {
      // One that is added twice hears twice, and stops twice.
      const own: StoreListener = (notice) => listener(notice);
      listeners.add(own);
      connecting ??= subscribe(client, channel, listeners);
      const mine = connecting;
      try {
        await mine;
      } catch (cause) {
        listeners.delete(own);
        if (connecting === mine) connecting = undefined;
        throw cause;
      }
      if (!listeners.has(own)) throw new Error("The session store is closed.");
      return async () => {
        if (listeners.delete(own) && listeners.size === 0) await stop();
      };
    },
  };
}

/** Opens the connection, and returns what ends it. Once it has heard, the client connects and subscribes again by itself. */
async function subscribe(
  client: RedisClient,
  channel: string,
  listeners: ReadonlySet<StoreListener>,
): Promise<() => void> {
  let isSubscribed = false;
  const subscriber = client.duplicate({
    // One ping at a time: whatever is written, into a dead connection too, puts the end of the silence off.
    pingInterval: PING_INTERVAL_MS,
    socket: {
      ...client.options?.socket,
      socketTimeout: SILENCE_LIMIT_MS,
      reconnectStrategy: (retries) => isSubscribed && pauseBefore(retries),
    },
  });
  // Without a listener it would end the process. What it has to say is heard as a gap.
  subscriber.on("error", () => undefined);
  // Said when it has connected and subscribed again; what was published meanwhile is lost.
  subscriber.on("ready", () => {
    if (isSubscribed) tellAll(listeners, [{ kind: "gap" }]);
  });
  subscriber.unref();
  await subscriber.connect();
  try {
    await subscriber.subscribe(channel, (sessionId) => tellAll(listeners, [{ kind: "news", sessionId }]));
  } catch (cause) {
    if (subscriber.isOpen) subscriber.destroy();
    throw cause;
  }
  isSubscribed = true;
  return () => subscriber.destroy();
}

/** Doubles, and spreads the processes that all lost their connection in the same moment. */
function pauseBefore(retries: number): number {
  return Math.min(LONGEST_PAUSE_MS, 50 * 2 ** retries) + Math.random() * 200;
}
