/** What a port promises, as data: runs in any test runner, and in a page that has none. */

export interface ConformanceCase {
  /** The promise, with the number of the law or requirement that it belongs to. */
  readonly title: string;
  /** How much time it lets pass, in milliseconds: for whoever cannot make time pass. */
  readonly lastsMs: number;
  /** Rejects with a readable error where the promise is not kept. */
  run(): Promise<void>;
}

/** Something under test that has to be put away afterwards. */
export interface Closable {
  close?(): void | Promise<void>;
}

type Promises<Subject> = Readonly<Record<string, (subject: Subject) => void | Promise<void>>>;

/**
 * One case for each promise, on a subject of its own.
 *
 * @param law what all of them belong to; begins their titles
 */
export function casesOf<Subject extends Closable>(
  law: string,
  create: () => Subject,
  promises: Promises<Subject>,
  lastsMs = 0,
): readonly ConformanceCase[] {
  return Object.entries(promises).map(([promise, keep]) => ({
    title: `${law}: ${promise}`,
    lastsMs,
    async run() {
      const subject = create();
      try {
        await keep(subject);
      } finally {
        await subject.close?.();
      }
    },
  }));
}
