/** What listens in a browser, put together: loaded as one piece. */
import { createWebLock } from "../adapters/web-lock.js";
import type { ClockPort, EntropyPort, ListenerHooks, ListenerPort, TimersPort } from "../runtime/ports.js";
import { createFetchStream } from "./fetch-stream.js";
import { createListener } from "./listener.js";

export interface BrowserListenerOptions extends ListenerHooks {
  readonly clock: ClockPort;
  readonly entropy: EntropyPort;
  readonly timers: TimersPort;
  /** The absolute URL of the session endpoint. */
  readonly endpoint: string;
  readonly isSameOrigin: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly namespace: string;
  readonly locks: LockManager | undefined;
  readonly whenHidden: boolean;
}

export function createBrowserListener(options: BrowserListenerOptions): ListenerPort {
  const { clock, endpoint, isSameOrigin, fetch, namespace, locks } = options;
  return createListener({
    ...options,
    lock: createWebLock(`${namespace}:events`, locks),
    stream: createFetchStream({ url: `${endpoint}/events`, isSameOrigin, fetch, wall: clock.wall }),
  });
}
