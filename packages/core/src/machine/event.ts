/** What happened. Past tense; time, randomness and the register come stamped on by the loop. */
import type { Identity, News, RefreshOutcome, SignInOutcome, SignOutOutcome } from "./outcome.js";
import type { RegisterReading } from "./register.js";
import type { PendingRevocation } from "./version.js";
import type { Message, TokenMessage, Unreadable } from "./wire.js";

/** The machine's timers. Arming one replaces it. */
export type TimerName = "due" | "cool" | "ask" | "slice" | "claim" | "request" | "rumour" | "lifetime";

/** A tab that is alive, and the token it holds (revision −1: none). */
export interface Peer {
  readonly tabId: string;
  readonly epoch: number;
  readonly revision: number;
}

export type WakeCause = "shown" | "focused" | "online" | "restored" | "resumed";

/** A message as the machine sees it: a token arrives with the identity that the shell read out of it. */
export type ReceivedMessage =
  Exclude<Message, TokenMessage> | (TokenMessage & { readonly identity: Identity });

export type Event =
  | { readonly type: "started"; readonly visible: boolean }
  | { readonly type: "disposed" }
  /** Somebody looks: a caller before it uses the token it has, or who heard that a record arrived. The register comes with the event. */
  | { readonly type: "checked" }
  | { readonly type: "token-wanted"; readonly fresh: boolean; readonly minValidityMs: number }
  /** The user did something in this tab. */
  | { readonly type: "acted" }
  | { readonly type: "extension-wanted"; readonly minutes: number }
  | { readonly type: "sign-in-wanted" }
  | { readonly type: "sign-in-answered"; readonly ticket: number; readonly outcome: SignInOutcome }
  | { readonly type: "sign-out-wanted"; readonly scope: PendingRevocation }
  | { readonly type: "sign-out-answered"; readonly ticket: number; readonly outcome: SignOutOutcome }
  | {
      readonly type: "refresh-answered";
      readonly ticket: number;
      readonly epoch: number;
      readonly startedAt: number;
      readonly outcome: RefreshOutcome;
    }
  | { readonly type: "lock-granted"; readonly ticket: number }
  /** Web Locks are missing or refuse: we go on without, on the claim and the server's grace alone. */
  | { readonly type: "lock-refused"; readonly ticket: number }
  | { readonly type: "lock-stolen"; readonly ticket: number }
  | { readonly type: "peers-read"; readonly ticket: number; readonly peers: readonly Peer[] | null }
  /** The server told something by itself. */
  | { readonly type: "news-heard"; readonly news: News }
  | { readonly type: "message-received"; readonly message: ReceivedMessage }
  | { readonly type: "message-ignored"; readonly why: Unreadable }
  | { readonly type: "timer-fired"; readonly name: TimerName }
  | { readonly type: "woke"; readonly cause: WakeCause }
  | { readonly type: "hidden" }
  /** `left`: into bfcache or away for good; `frozen`: suspended where it is. */
  | { readonly type: "suspended"; readonly cause: "left" | "frozen" }
  | { readonly type: "port-failed"; readonly port: string; readonly reason: string };

/** What the loop stamps on: the machine reads no clock, no randomness and no cookie. */
export interface Stamp {
  /** The tab's own clock, milliseconds; never goes back, counts sleep. */
  readonly at: number;
  /** The machine-wide wall clock, for what tabs tell each other. */
  readonly wall: number;
  /** 0 ≤ roll < 1. */
  readonly roll: number;
  readonly reading: RegisterReading;
  /** How long ago the user last did something, in any tab; `null` if never. */
  readonly activityAgeMs: number | null;
}
