import type { RecordedEndReason, SessionRecord } from "../session-record.js";

/** Which sessions of a user to close, why and when. */
export interface UserRevocation {
  readonly reason: RecordedEndReason;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A session to leave alone. */
  readonly exceptSessionId?: string | undefined;
}

/**
 * Where sessions are kept. Every store passes `test/store-conformance.ts`, against the real database.
 *
 * Each method is atomic by itself, and a promise that resolved has been made durable as far as the store can. A method that
 * rejects makes the server answer 503 and changes nobody's cookies.
 */
export interface SessionStore {
  /** Adds a record. Rejects when the id is taken. */
  insert(record: SessionRecord): Promise<void>;

  /** Returns the newest state of a record, closed ones included, or `null`. Never a stale replica's. */
  read(id: string): Promise<SessionRecord | null>;

  /**
   * Replaces a record if its revision is the expected one; `false`, and nothing changed, when somebody was faster.
   *
   * `next.revision` is `expectedRevision + 1`. This one step orders refresh, sign-out and revocation.
   */
  compareAndSet(id: string, expectedRevision: number, next: SessionRecord): Promise<boolean>;

  /** Returns the records of a user that are not closed, oldest first; those past a deadline may be among them. */
  listByUser(userId: string): Promise<readonly SessionRecord[]>;

  /** Closes all sessions of a user in one step, each with `revision + 1`; returns the ids of those it closed. */
  revokeByUser(userId: string, revocation: UserRevocation): Promise<readonly string[]>;

  /** Deletes the records whose absolute deadline is before a moment (milliseconds since the epoch); returns how many. */
  deleteExpired(before: number): Promise<number>;

  /** Releases what the store holds. Calls after it reject. */
  close(): Promise<void>;
}
