/** What a query answers, of the little that a store reads. */
export interface PostgresResult {
  readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly rowCount: number | null;
}

/** What PostgreSQL tells who listens. */
export interface PostgresNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A connection: the part of `pg`'s `Client` that a store uses. */
export interface PostgresConnection {
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "notification", listener: (message: PostgresNotification) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** A connection of the store's own, which it ends: `pg`'s `Client`. */
export interface PostgresClient extends PostgresConnection {
  end(): Promise<void>;
}

/** A connection that is lent: `pg`'s `PoolClient`. */
export interface PostgresPoolClient extends PostgresConnection {
  /** `true` closes the connection instead of lending it out again. */
  release(destroy?: boolean): void;
}

/** Where connections come from: the part of `pg`'s `Pool` that a store uses. */
export interface PostgresPool {
  connect(): Promise<PostgresPoolClient>;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Runs one piece of work on a connection of its own. */
export type OnConnection = <Result>(
  work: (connection: PostgresConnection) => Promise<Result>,
) => Promise<Result>;

/** For errors that somebody else is told of too: without a listener, Node ends the process. */
export function ignoreError(): void {}

/**
 * Returns what lends a pool's connections for one piece of work each, under a deadline.
 *
 * A server that vanished without a word, in a failover say, answers nothing and closes nothing. Its connections would fill the
 * pool for the quarter of an hour that TCP takes to give up: whichever is late is closed. So is one whose work failed: what
 * had begun on it is rolled back.
 *
 * @param limitMs of the wait for a connection and the work together
 */
export function lendFrom(pool: PostgresPool, limitMs: number): OnConnection {
  return async (work) => {
    const deadline = startDeadline(limitMs);
    try {
      const connection = await deadline.before(pool.connect(), (late) => late.release());
      // The query in hand rejects as well.
      connection.on("error", ignoreError);
      let isSound = false;
      try {
        const result = await deadline.before(work(connection));
        isSound = true;
        return result;
      } finally {
        connection.off("error", ignoreError);
        connection.release(!isSound);
      }
    } finally {
      deadline.clear();
    }
  };
}

/** Starts a time that several waits share. */
export function startDeadline(limitMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("Too slow.", "TimeoutError")), limitMs);
    timer.unref();
  });
  over.catch(ignoreError);
  return {
    /** Settles as a promise does, or rejects with a `TimeoutError`; what comes after that is given to `discard`. */
    async before<Result>(promise: Promise<Result>, discard?: (late: Result) => void): Promise<Result> {
      let isLate = false;
      promise.then((result) => {
        if (isLate) discard?.(result);
      }, ignoreError);
      try {
        return await Promise.race([promise, over]);
      } catch (error) {
        isLate = true;
        throw error;
      }
    },
    clear: (): void => clearTimeout(timer),
  };
}
