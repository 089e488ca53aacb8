import type { SessionRecord } from "../session-record.js";
import { UnreadableRecordError } from "./unreadable-record.js";

/** The members of a record that a store keeps as one text. The others have places of their own: statements change and compare them. */
export type RecordDocument = Omit<SessionRecord, "revision" | "staleGeneration" | "end">;

/** Returns the text to keep. */
export function writeDocument({
  revision: _,
  staleGeneration: __,
  end: ___,
  ...document
}: SessionRecord): string {
  return JSON.stringify(document);
}

/**
 * Reads a text that was kept.
 *
 * @throws UnreadableRecordError
 */
export function readDocument(text: string): RecordDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // What JSON.parse has to say quotes the text.
    throw new UnreadableRecordError();
  }
  if (typeof document !== "object" || document === null || !("familyKey" in document))
    throw new UnreadableRecordError();
  return document as RecordDocument;
}
