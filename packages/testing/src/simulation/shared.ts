/** What all tabs of a browser share: cookies, locks, messages, and the sight of each other. */
import { createMemoryChannel, type MemoryChannel } from "../doubles/memory-channel.js";
import { createMemoryLock, type MemoryLock } from "../doubles/memory-lock.js";
import { createMemoryPresence, type MemoryPresence } from "../doubles/memory-presence.js";
import type { Random } from "../random.js";
import { createCookieJar, type CookieJar } from "./jar.js";
import type { MessageFault, Plan } from "./plan.js";
import { createPost } from "./post.js";
import type { WorldTime } from "./time.js";

export interface Shared {
  readonly jar: CookieJar;
  readonly lock: MemoryLock;
  /** The one of who listens to the server. */
  readonly eventsLock: MemoryLock;
  /** The one that keeps two tabs from asking the user at once. */
  readonly promptLock: MemoryLock;
  readonly channel: MemoryChannel;
  readonly presence: MemoryPresence;
}

export interface SharedOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly random: Random;
  readonly fault: () => MessageFault;
  /** The session's lock is given to somebody, or taken. */
  readonly granted: () => void;
  readonly posted: (message: unknown) => void;
}

export function createShared({ plan, time, random, fault, granted, posted }: SharedOptions): Shared {
  /** Between the two if latencies vary, else `usual`. */
  function spread(purpose: string, low: number, high: number, usual: number): () => number {
    const stream = random.fork(purpose);
    return () => (plan.jitter ? stream.between(low, high) : usual);
  }

  const jar = createCookieJar({
    time,
    lagMs: spread("cookies", 0, 3, 1),
    // Where messages get lost, nothing may hang on another way of being told.
    isTold: () => fault() === "none",
  });

  const grantMs = spread("locks", 0.1, 3, 1);
  /** What was written before the lock was given back is seen by who gets it (measured). */
  function grantSoon(run: () => void): void {
    time.inBrowser(grantMs(), () => {
      jar.flush();
      run();
    });
  }

  return {
    jar,
    lock: createMemoryLock({
      soon(run) {
        granted();
        grantSoon(run);
      },
    }),
    eventsLock: createMemoryLock({ soon: grantSoon }),
    promptLock: createMemoryLock({ soon: grantSoon }),
    channel: createMemoryChannel({ deliver: createPost({ plan, time, random, fault }), onPost: posted }),
    presence: createMemoryPresence(),
  };
}
