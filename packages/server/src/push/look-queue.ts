const MOST_AT_ONCE = 16;
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** Sessions that somebody should look at. */
export interface LookQueue {
  add(sessionId: string): void;
  /** Forgets all of them. */
  clear(): void;
}

/**
 * Looks at one session after the other, a few at a time, until each was seen: where it fails, all wait a little, and it is
 * looked at again. What had to wait is looked at together, so many at a time. A revocation must not be lost because the store was
 * away when it should have been read.
 *
 * A session that is added while somebody looks at it is looked at once more: what is being read may be older than the news.
 */
export function createLookQueue(
  look: (sessionIds: readonly string[]) => Promise<void>,
  largestBatch: number,
): LookQueue {
  const due = new Set<string>();
  let busy = 0;
  let failures = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;

  function proceed(): void {
    if (pause !== undefined) return;
    while (due.size > 0 && busy < MOST_AT_ONCE) {
      const batch = [...take(due, largestBatch)];
      busy += 1;
      void lookAt(batch);
    }
  }

  async function lookAt(batch: readonly string[]): Promise<void> {
    try {
      await look(batch);
      failures = 0;
    } catch {
      for (const sessionId of batch) due.add(sessionId);
      if (pause === undefined) rest();
    }
    busy -= 1;
    proceed();
  }

  /** Once, however many looks failed in the same moment. */
  function rest(): void {
    const longest = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** failures);
    failures += 1;
    pause = setTimeout(resume, longest * (0.5 + Math.random() / 2));
  }

  function resume(): void {
    pause = undefined;
    proceed();
  }

  return {
    add: (sessionId) => {
      due.add(sessionId);
      proceed();
    },
    clear: () => {
      due.clear();
      clearTimeout(pause);
      pause = undefined;
    },
  };
}

/** Takes so many members out of a set, the oldest first. */
function* take(members: Set<string>, most: number): Generator<string> {
  let left = most;
  for (const member of members) {
    if (left === 0) return;
    left -= 1;
    members.delete(member);
    yield member;
  }
}
