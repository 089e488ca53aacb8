import type { EndReason } from "../session-record.js";

/** How long a browser that lost its stream waits before it asks again, if it follows the standard and nothing else. */
const RETRY_MS = 2000;

/** The first words of a stream: proxies that hold back an answer until it says something let it go. */
export const GREETING = `retry: ${RETRY_MS}\n\n`;

/** A comment. It tells both ends, and whatever is between them, that the stream is alive. */
export const HEARTBEAT = ":\n\n";

/** Says that the session is over. Nothing follows. */
export function endedEvent(sessionId: string, reason: EndReason): string {
  return event("ended", { session_id: sessionId, reason });
}

/** Says that what grants of up to a generation tell of the user is no longer true: a refresh brings the truth. */
export function staleEvent(sessionId: string, generation: number): string {
  return `id: ${sessionId}.${generation}\n${event("stale", { session_id: sessionId, version: generation })}`;
}

/** @see HTML Standard, section 9.2 (server-sent events). JSON has no line breaks, so one `data` line holds it. */
function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * Reads the generation that a browser was told of last, from `Last-Event-ID`; 0 if it was told nothing of this session.
 *
 * Whatever it says, it only spares a repetition.
 */
export function readLastTold(headers: Headers, sessionId: string): number {
  const [, id, generation] =
    /^([A-Za-z0-9_-]{22})\.([0-9]{1,15})$/.exec(headers.get("last-event-id") ?? "") ?? [];
  return id === sessionId ? Number(generation) : 0;
}
