/** Listeners that cannot hurt each other: each runs on its own, and none is awaited (L7). */
export interface Listeners<Arguments extends readonly unknown[]> {
  add(listener: (...args: Arguments) => void): () => void;
  readonly size: number;
  call(...args: Arguments): void;
  clear(): void;
}

/** `report` gets what a listener threw: the application's own error, handed back to it as an uncaught one. */
export function createListeners<Arguments extends readonly unknown[]>(
  report: (error: unknown) => void,
): Listeners<Arguments> {
  const entries = new Set<{ readonly listener: (...args: Arguments) => void }>();
  return {
    get size() {
      return entries.size;
    },
    add(listener) {
      // Its own entry, so that one function subscribed twice is called and removed twice.
      const entry = { listener };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    call(...args) {
      for (const entry of [...entries]) {
        if (!entries.has(entry)) continue;
        try {
          entry.listener(...args);
        } catch (error) {
          report(error);
        }
      }
    },
    clear: () => entries.clear(),
  };
}
