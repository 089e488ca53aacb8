/** What to do, as data. Imperative; every outcome comes back as an event. */
import type { InspectionEvent } from "./inspection.js";
import type { Failure } from "./outcome.js";
import type { Hold, Lifetime } from "./register.js";
import type { TimerName } from "./event.js";
import type { EpochRecord, PendingRevocation } from "./version.js";
import type { MessageBody } from "./wire.js";

export type Effect =
  | { readonly type: "arm-timer"; readonly name: TimerName; readonly delayMs: number }
  | { readonly type: "cancel-timer"; readonly name: TimerName }
  | { readonly type: "request-lock"; readonly ticket: number; readonly steal: boolean }
  /** Leaves the queue, or gives the lock back: whichever applies. */
  | { readonly type: "release-lock" }
  | { readonly type: "read-peers"; readonly ticket: number }
  | { readonly type: "publish-presence"; readonly epoch: number; readonly revision: number }
  | { readonly type: "withdraw-presence" }
  | { readonly type: "write-record"; readonly record: EpochRecord }
  | { readonly type: "write-hold"; readonly hold: Hold | null }
  | { readonly type: "write-lifetime"; readonly lifetime: Lifetime }
  | { readonly type: "broadcast"; readonly body: MessageBody }
  | {
      readonly type: "send-refresh";
      readonly ticket: number;
      readonly epoch: number;
      readonly attempt: string;
      /** So many minutes without activity are asked for with it. */
      readonly extension: number | null;
    }
  | { readonly type: "send-sign-out"; readonly ticket: number; readonly scope: PendingRevocation }
  | { readonly type: "call-sign-in"; readonly ticket: number }
  | { readonly type: "settle-sign-in"; readonly result: "signed-in" | "failed" | "timeout" | "superseded" }
  /** The former session's revocation must go out first, and cannot for now. */
  | { readonly type: "postpone-sign-in"; readonly failure: Failure }
  | { readonly type: "settle-sign-out"; readonly revoked: boolean }
  /** `false`: the server's policy does not allow it. */
  | { readonly type: "settle-extension"; readonly minutes: number; readonly granted: boolean }
  /** Callers that wait for a token are told that none comes for now. */
  | { readonly type: "fail-waiters"; readonly failure: Failure }
  | { readonly type: "inspect"; readonly event: InspectionEvent }
  | { readonly type: "dispose" };
