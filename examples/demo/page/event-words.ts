/** Inspection events in words, for the log under the time line. */
import type { EndReason, FailureCode, Inspected } from "@lockstep/core";

const endings: Readonly<Record<EndReason, string>> = {
  "signed-out": "signed out",
  "signed-out-elsewhere": "learnt that another tab signed out",
  idle: "signed out: idle too long",
  expired: "signed out: the session expired",
  revoked: "signed out: the session was revoked",
  "reuse-detected": "signed out: a refresh token was used twice",
  "no-session": "found no session",
};

/** Why no token can be had for the moment. */
export const troubles: Readonly<Record<FailureCode, string>> = {
  network: "the network fails",
  timeout: "no answer in time",
  "rate-limited": "too many requests",
  unavailable: "the server is unavailable",
  "bad-answer": "the answer makes no sense",
  conflict: "another tab is at it",
  refused: "the server refuses how it is asked",
};

export function seconds(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
}

/** What the tab did; `null` for what is not worth a line. */
export function wordsOf(event: Inspected, nameOf: (id: string) => string): string | null {
  switch (event.type) {
    case "transition":
      return event.event === "started" ? "opened" : null;
    case "lock-requested":
      return event.steal ? "takes the lock from a tab that has no reason to hold it" : null;
    case "lock-granted":
      return `holds the lock, after ${seconds(event.waitedMs)}`;
    case "lock-stolen":
      return "lost the lock to another tab";
    case "claim-awaited":
      return `waits for the request of a tab that is gone, ${seconds(event.limitMs)} at most`;
    case "refresh-sent":
      return event.retry ? "tries the refresh again" : "sends the refresh for all tabs";
    case "refreshed":
      return `has token ${event.revision}, after ${seconds(event.tookMs)}`;
    case "backing-off":
      return `paused for ${seconds(event.retryInMs)}: ${troubles[event.code]}`;
    case "adopted":
      return `adopted token ${event.revision} from ${nameOf(event.from)}`;
    case "signed-in":
      return "signed in";
    case "signed-out":
      return endings[event.reason];
    case "user-changed":
      return "switched to another account";
    case "idle-warning":
      return `is signed out in ${seconds(event.inMs)} unless you do something`;
    case "expiry-warning":
      return `is signed out in ${seconds(event.inMs)}, whatever you do`;
    case "warning-cleared":
      return "stays signed in";
    case "revocation-sent":
      return event.scope === "all" ? "revokes every session of the user" : "revokes the session";
    case "revocation-confirmed":
      return "has the server's word that the session is revoked";
    case "listening":
      return event.isOpen ? "listens to the server, for all tabs" : "listens no more";
    case "message-ignored":
      return `ignored a message: ${event.why}`;
    case "degraded":
      return `went on without ${event.port}: ${event.reason}`;
  }
}
