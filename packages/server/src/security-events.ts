import { sha256 } from "./digest.js";
import type { RecordedEndReason } from "./session-record.js";

/** What a security log has to know. Discriminated by `type`; `at` is milliseconds since the epoch. */
export type SecurityEvent =
  | (SessionEventBase & { readonly type: "session-started"; readonly userId: string })
  | (SessionEventBase & { readonly type: "session-refreshed"; readonly generation: number })
  /** The user proved again who they are: a session with a new id goes on in place of one that ends as `replaced`. */
  | (SessionEventBase & {
      readonly type: "session-renewed";
      readonly userId: string;
      readonly acr: string | null;
    })
  /** What grants tell of the user has changed: roles, for instance. */
  | (SessionEventBase & { readonly type: "user-changed"; readonly userId: string })
  /** One more session than a user may have: it was refused, or others ended for it. */
  | (SessionEventBase & { readonly type: "session-limit-reached"; readonly userId: string })
  /** Somebody tried to step up, and failed. */
  | (SessionEventBase & { readonly type: "step-up-denied" })
  /** The predecessor came back in time and got the same successor. */
  | (SessionEventBase & {
      readonly type: "grace-hit";
      readonly why: "same-attempt" | "grace";
      readonly elapsedMs: number;
    })
  /** A token that was rotated away came back; the family is revoked. */
  | (SessionEventBase & {
      readonly type: "reuse-detected";
      readonly presentedGeneration: number;
      readonly currentGeneration: number;
    })
  | (SessionEventBase & { readonly type: "session-ended"; readonly reason: RecordedEndReason })
  /**
   * A well-formed token that proves nothing (made up, or newer than the store), or too little: an older generation, at a
   * sign-out of other sessions. Nobody's session ended.
   */
  | (SessionEventBase & {
      readonly type: "token-refused";
      readonly why: "no-record" | "forged" | "ahead" | "outdated";
    })
  | { readonly type: "request-refused"; readonly at: number; readonly error: string }
  /** Something the server depends on failed or was too slow. */
  | {
      readonly type: "dependency-failed";
      readonly at: number;
      readonly dependency: string;
      /** The `name` of the error only: its message may quote what it should not. */
      readonly errorName: string;
    };

interface SessionEventBase {
  readonly at: number;
  /** Salted SHA-256 of the session id, base64url. */
  readonly session: string;
}

type WithoutSession<Event> = Event extends SessionEventBase
  ? Omit<Event, "session"> & { sessionId: string }
  : Event;

/** An event before its session id was hashed. */
export type RawSecurityEvent = WithoutSession<SecurityEvent>;

/** Reports one event; settles when the listener was called. Never rejects. */
export type EventReporter = (event: RawSecurityEvent) => Promise<void>;

/** Returns a reporter that hashes session ids and shields the request from whatever the listener does. */
export function createEventReporter(
  listener: ((event: SecurityEvent) => void | Promise<void>) | undefined,
  salt: string,
): EventReporter {
  return async (event) => {
    if (listener === undefined) return;
    try {
      const published = await toPublished(event, salt);
      // Not awaited, so that a slow log slows nobody; its rejection must not become an unhandled one.
      Promise.resolve(listener(published)).catch(() => undefined);
    } catch {
      // A log that is down is no reason to refuse a refresh.
    }
  };
}

async function toPublished(event: RawSecurityEvent, salt: string): Promise<SecurityEvent> {
  if (!("sessionId" in event)) return event;
  const { sessionId, ...rest } = event;
  return { ...rest, session: await sha256(`${salt}|${sessionId}`) };
}
