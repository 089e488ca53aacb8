import type { SessionRecord } from "../session-record.js";

/**
 * A record that is there and cannot be made out: a text that was cut off, a key of another kind. Unlike a store that fails, it is no
 * better the next time. Says nothing of what is there, since that holds secrets.
 */
export class UnreadableRecordError extends Error {
  override readonly name = "UnreadableRecordError";

  constructor() {
    super("A session record cannot be made out.");
  }
}

/** What a store finds under an id when it is asked for several. */
export type FoundRecord = SessionRecord | null | UnreadableRecordError;

/** Tells whether this is such an error, also one of another copy of this package. */
export function isUnreadable(found: unknown): found is UnreadableRecordError {
  return found instanceof Error && found.name === "UnreadableRecordError";
}

/** Returns what was made of a row, or the error if nothing can be; any other failure is thrown. */
export function tryToRead<Row>(row: Row, toRecord: (row: Row) => SessionRecord | null): FoundRecord {
  try {
    return toRecord(row);
  } catch (cause) {
    return unreadableOrThrow(cause);
  }
}

/** Returns what can be made out of rows. */
export function readableOf<Row>(
  rows: readonly Row[],
  toRecord: (row: Row) => SessionRecord | null,
): readonly SessionRecord[] {
  return rows
    .map((row) => tryToRead(row, toRecord))
    .filter((found): found is SessionRecord => found !== null && !isUnreadable(found));
}

/** Returns what went wrong if it was the record's fault alone. */
export function unreadableOrThrow(cause: unknown): UnreadableRecordError {
  if (isUnreadable(cause)) return cause;
  throw cause;
}
