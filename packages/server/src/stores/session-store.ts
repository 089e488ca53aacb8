import type { RecordedEndReason, SessionRecord } from "../session-record.js";
import type { FoundRecord } from "./unreadable-record.js";

/** Which sessions of a user to close, why and when. */
export interface UserRevocation {
  readonly reason: RecordedEndReason;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A session to leave alone. */
  readonly exceptSessionId?: string | undefined;
}

/** What a store tells those who watch it. */
export type StoreNotice =
  /** This session ended, or its grants went stale (`staleGeneration`). Read it: the notice says no more. */
  | { readonly kind: "news"; readonly sessionId: string }
  /** Notices may have been lost, with a connection say. Read whatever matters. */
  | { readonly kind: "gap" };

/** Hears of notices. Must not throw. */
export type StoreListener = (notice: StoreNotice) => void;

/**
 * Where sessions are kept. Every store passes `test/store-conformance.ts`, against the real database.
 *
 * Each method is atomic by itself, and a promise that resolved has been made durable as far as the store can. A method that
 * rejects makes the server answer 503 and changes nobody's cookies.
 */
export interface SessionStore {
  /** Adds a record. Rejects when the id is taken. */
  insert(record: SessionRecord): Promise<void>;

  /**
   * Returns the newest state of a record, closed ones included, or `null`. Never a stale replica's.
   *
   * @throws UnreadableRecordError for a record that is there and cannot be made out, as opposed to a store that fails
   */
  read(id: string): Promise<SessionRecord | null>;

  /**
   * Returns what `read` does for each of these ids, in their order; where `read` would throw an `UnreadableRecordError`, that error, so
   * that one bad record does not cost the others. For stores to which one question is cheaper than many: it is asked when much happens
   * at once. Without it `read` is.
   */
  readMany?(ids: readonly string[]): Promise<readonly FoundRecord[]>;

  /**
   * Replaces a record if its revision is the expected one; `false`, and nothing changed, when somebody was faster.
   *
   * `next.revision` is `expectedRevision + 1`. This one step orders refresh, sign-out and revocation.
   */
  compareAndSet(id: string, expectedRevision: number, next: SessionRecord): Promise<boolean>;

  /**
   * Returns the records of a user that are not closed, oldest first; those past a deadline may be among them. Leaves out what cannot
   * be made out: it can be revoked, and must not keep the user from signing in.
   */
  listByUser(userId: string): Promise<readonly SessionRecord[]>;

  /** Closes all sessions of a user in one step, each with `revision + 1`; returns the ids of those it closed. */
  revokeByUser(userId: string, revocation: UserRevocation): Promise<readonly string[]>;

  /** Deletes the records whose absolute deadline is before a moment (milliseconds since the epoch); returns how many. */
  deleteExpired(before: number): Promise<number>;

  /**
   * Tells of each session that ended or went stale, whichever process wrote that, until the returned function is called.
   *
   * A notice follows its write within a second, and never comes before it can be read. It may come more than once. Rejects when
   * nothing can be heard; a connection that is lost later is restored by the store, which says `gap` once it hears again.
   */
  watch(listener: StoreListener): Promise<() => Promise<void>>;

  /** Releases what the store holds. Calls after it reject, and nobody is told of anything more. */
  close(): Promise<void>;
}

/** Tells every listener of all notices; who hears may stop listening. */
export function tellAll(listeners: ReadonlySet<StoreListener>, notices: readonly StoreNotice[]): void {
  for (const listener of [...listeners]) notices.forEach((notice) => listener(notice));
}
