/**
 * What `session.inspect` shows. One closed union instead of log lines, and redacted by construction: no member has a
 * place where a token, a nonce or a user could stand (L5, R-150).
 */
import type { FailureCode } from "./outcome.js";
import type { Event } from "./event.js";
import type { State, Who, Work } from "./state.js";
import type { EndReason, SignOutScope } from "./version.js";
import type { Unreadable } from "./wire.js";

export type InspectionEvent =
  /** One turn of the machine: what happened, and where that left this tab. */
  | {
      readonly type: "transition";
      readonly event: Event["type"];
      readonly phase: Work["phase"];
      readonly status: Who["status"];
      readonly epoch: number;
      /** −1 while this tab has no token. */
      readonly revision: number;
      readonly life: State["life"];
      readonly visible: boolean;
    }
  | { readonly type: "lock-requested"; readonly steal: boolean }
  | { readonly type: "lock-granted"; readonly waitedMs: number }
  | { readonly type: "lock-stolen" }
  /** A tab died with its request under way; nothing is sent before that request has landed or run out. */
  | { readonly type: "claim-awaited"; readonly limitMs: number }
  | { readonly type: "refresh-sent"; readonly retry: boolean }
  | {
      readonly type: "refreshed";
      readonly revision: number;
      readonly lifetimeMs: number;
      readonly tookMs: number;
    }
  /** A try failed, here or in another tab; nobody tries again before that long. */
  | { readonly type: "backing-off"; readonly code: FailureCode; readonly retryInMs: number }
  /** A sibling's token was taken over; no request was made. */
  | {
      readonly type: "adopted";
      readonly from: string;
      readonly revision: number;
      readonly lifetimeMs: number;
      readonly ageMs: number;
    }
  | { readonly type: "signed-in" }
  | { readonly type: "signed-out"; readonly reason: EndReason }
  | { readonly type: "user-changed" }
  /** The session ends in so long, if nothing happens. */
  | { readonly type: "idle-warning"; readonly inMs: number }
  | { readonly type: "expiry-warning"; readonly inMs: number }
  /** It does not end yet: the user did something, in whichever tab, or the session was extended. */
  | { readonly type: "warning-cleared" }
  | { readonly type: "revocation-sent"; readonly scope: SignOutScope }
  | { readonly type: "revocation-confirmed" }
  /** This tab listens to the server for all tabs of the browser, or does so no more. */
  | { readonly type: "listening"; readonly isOpen: boolean }
  | { readonly type: "message-ignored"; readonly why: Unreadable | "unfit" }
  /** Something the platform did not give us; the session goes on with less. */
  | { readonly type: "degraded"; readonly port: string; readonly reason: string };
