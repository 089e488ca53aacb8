/** What one tab knows, and what it is doing. Two axes, not booleans: who we are, and what we do about it. */
import type { Failure, FailureCode, Identity } from "./outcome.js";
import type { Hold, Lifetime, Mark } from "./register.js";
import type { EndReason, EpochRecord, PendingRevocation } from "./version.js";
import { noRecord } from "./version.js";

/** The access token and what is known about it. It leaves the machine in a `token` message and nowhere else. */
export interface Grant {
  readonly token: string;
  readonly epoch: number;
  readonly revision: number;
  /** When the request that brought it began, on this tab's clock. */
  readonly startedAt: number;
  readonly lifetimeMs: number;
  /** When this tab means to refresh it. */
  readonly dueAt: number;
  readonly identity: Identity;
}

export type Who =
  | { readonly status: "loading" }
  | { readonly status: "authenticated"; readonly identity: Identity }
  | { readonly status: "unauthenticated"; readonly reason: EndReason };

/** What the lock is wanted for. */
export type Intent = "refresh" | "revoke" | "sign-in";

/** What the tab is doing. Every phase that waits for an outcome carries the ticket that the outcome must show. */
export type Work =
  /** Nobody is signed in, or the tab is away: nothing is due. */
  | { readonly phase: "idle" }
  /** A timer is set for the next refresh. */
  | { readonly phase: "scheduled"; readonly dueAt: number }
  /** A refresh is due, and put off until the tab is visible or somebody asks. */
  | { readonly phase: "parked" }
  /** A try failed; nobody tries again before `until`. */
  | { readonly phase: "cooling"; readonly until: number; readonly failure: Failure }
  /** Asking the lock manager which tabs are alive, and which token each holds. */
  | {
      readonly phase: "rereading";
      readonly ticket: number;
      /** Under the lock (the lock-name register), where `seen` is the newest revision known when we queued. */
      readonly locked: boolean;
      /** Somebody refreshed while we queued. */
      readonly handOver: boolean;
      readonly since: number;
      readonly seen: number;
      /** As while `waiting`. */
      readonly own: Hold | null;
    }
  /** Waiting for a sibling's token. */
  | {
      readonly phase: "asking";
      readonly ticket: number;
      readonly awaiting: readonly string[] | null;
      /** The newest revision known when we asked. */
      readonly seen: number;
    }
  /** Queued for the lock. `seen`: the newest revision known when we queued. */
  | {
      readonly phase: "locking";
      readonly ticket: number;
      readonly intent: Intent;
      readonly since: number;
      readonly seen: number;
      /** The register as it was when this slice began. */
      readonly trace: string;
      /** Taking it from a holder that shows no sign of life. */
      readonly steal: boolean;
    }
  /** Holding the lock, letting somebody's request land first. */
  | {
      readonly phase: "waiting";
      readonly ticket: number;
      readonly intent: Intent;
      readonly until: number | null;
      /** Our claim, if that is what has to show first: nothing has been sent yet. */
      readonly own: Hold | null;
      readonly since: number;
      readonly seen: number;
    }
  /** Holding the lock, a request is out. */
  | {
      readonly phase: "requesting";
      readonly ticket: number;
      readonly intent: "refresh" | "revoke";
      readonly epoch: number;
      readonly attempt: string;
      readonly base: Mark | null;
      readonly startedAt: number;
      readonly failures: number;
      /** What it asked for beside a token. */
      readonly extension: number | null;
    }
  /** The application's login call is running. The lock is free, a hold keeps refreshes away. */
  | {
      readonly phase: "calling";
      readonly ticket: number;
      readonly epoch: number;
      readonly startedAt: number;
      /** Sign-out was called, here or in another tab, since the login began. */
      readonly signedOut: PendingRevocation | null;
      /** Tells our hold from another's; `replaced` stood before it, and is put back if nobody signed in. */
      readonly heldSinceWall: number;
      readonly replaced: Hold | null;
    };

/** The session ends soon: of inactivity, unless the user does something, or because its time is up. */
export interface SessionWarning {
  readonly reason: "idle" | "expired";
  /** When that is, in milliseconds since 1970 by this device's clock. */
  readonly at: number;
}

export interface State {
  readonly tabId: string;
  /** `away`: in bfcache, frozen, or leaving; then nothing is begun. */
  readonly life: "new" | "live" | "away" | "disposed";
  readonly visible: boolean;
  readonly record: EpochRecord;
  readonly who: Who;
  readonly grant: Grant | null;
  /** The version cookie of this session was there at the last look. */
  readonly marked: boolean;
  /** It vanished while we think somebody is signed in: ask the server before handing anything out. */
  readonly doubted: boolean;
  /** The server said that tokens of this session are out of date up to a revision: a newer one is due. */
  readonly outdated: { readonly sessionId: string; readonly revision: number } | null;
  /**
   * A message told of an epoch that the register does not show yet: a cookie that another tab wrote can lag behind its
   * message. Nothing is handed out and nothing sent before it shows, or `until` has passed.
   */
  readonly rumour: { readonly epoch: number; readonly until: number } | null;
  /** `token`: somebody waits for one; `fresh`: somebody wants the current one replaced. */
  readonly wanted: "nothing" | "token" | "fresh";
  readonly signInWanted: boolean;
  /** When the session is over, as the server told last, in this tab or another. */
  readonly lifetime: Lifetime | null;
  /** Minutes that somebody asks for, until the server has answered. */
  readonly extension: number | null;
  /** The session ends soon. */
  readonly warning: SessionWarning | null;
  /** The wall-clock time for which the timer is set that watches the session's own end. */
  readonly watchedFor: number | null;
  readonly work: Work;
  /** Counts everything asked of the outside world; an answer that shows an old number changes nothing. */
  readonly ticket: number;
  /** What keeps the session from refreshing at the moment. */
  readonly problem: FailureCode | null;
}

export function initialState(tabId: string): State {
  return {
    tabId,
    life: "new",
    visible: true,
    record: noRecord,
    who: { status: "loading" },
    grant: null,
    marked: false,
    doubted: false,
    outdated: null,
    rumour: null,
    wanted: "nothing",
    signInWanted: false,
    lifetime: null,
    extension: null,
    warning: null,
    watchedFor: null,
    work: { phase: "idle" },
    ticket: 0,
    problem: null,
  };
}
