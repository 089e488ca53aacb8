/** What a world is made of and what happens in it, as data: a seed makes one, a regression stores one, the shrinker makes it smaller. */
import type { SignOutScope } from "@lockstep/core";

export type Engine = "chromium" | "firefox" | "webkit";

/** How the network or the server behaves for a while. */
export type Weather =
  | "fair"
  /** Up to 20 s there, up to 25 s back. */
  | "slow"
  /** Refused at once: no connection, or the server restarts and what it was at is lost. */
  | "offline"
  /** The request never arrives; the connection breaks. */
  | "request-lost"
  /** The server did what it was asked; its answer never comes, and the connection breaks. */
  | "answer-lost"
  /** The request arrives, and nothing ever comes back. */
  | "silent"
  /** The connection breaks before the first byte, and the browser sends the request once more by itself. */
  | "sent-twice"
  | "rate-limited"
  | "unavailable"
  /** A captive portal's page with status 200. */
  | "portal"
  /** A proxy's 403 page. */
  | "forbidden-by-proxy";

export type StreamAnswer = "served" | "missing" | "refused";

export type MessageFault = "none" | "dropped" | "delayed" | "duplicated" | "reordered";

export type Action =
  | { readonly do: "open-tab"; readonly tab: number; readonly hidden?: boolean; readonly dialect?: number }
  /** `told`: its page is told that it ends (`pagehide`), as in a reload, a navigation or an orderly close. */
  | { readonly do: "close-tab"; readonly tab: number; readonly told: boolean }
  | { readonly do: "reload-tab"; readonly tab: number; readonly told: boolean }
  | { readonly do: "hide-tab"; readonly tab: number }
  | { readonly do: "show-tab"; readonly tab: number }
  /** `told`: by the `freeze` event; without, it just stops (a signal, a debugger, an endless loop). */
  | { readonly do: "freeze-tab"; readonly tab: number; readonly told: boolean }
  | { readonly do: "thaw-tab"; readonly tab: number }
  /** All frozen tabs, in this order. */
  | { readonly do: "thaw-all"; readonly order: readonly number[] }
  /** Into the back/forward cache, where the engine keeps it. */
  | { readonly do: "leave-page"; readonly tab: number }
  | { readonly do: "return-to-page"; readonly tab: number }
  | { readonly do: "dispose"; readonly tab: number }
  | { readonly do: "act"; readonly tab: number }
  | { readonly do: "get-token"; readonly tab: number; readonly minValidity?: number }
  | { readonly do: "refresh"; readonly tab: number }
  | { readonly do: "fetch"; readonly tab: number; readonly url: string; readonly unauthorised?: boolean }
  | {
      readonly do: "sign-in";
      readonly tab: number;
      readonly user: string;
      readonly answer: "read" | "opaque" | "refused" | "broken";
    }
  /** A request that needs this level of authentication; `answer`: what the user says when asked, if it is this one that asks. */
  | {
      readonly do: "sensitive-fetch";
      readonly tab: number;
      readonly acr: string;
      readonly answer: "right" | "wrong-once" | "cancelled" | "silent";
    }
  | { readonly do: "extend"; readonly tab: number; readonly minutes: number }
  | { readonly do: "sign-out"; readonly tab: number; readonly scope: SignOutScope }
  | { readonly do: "set-clock"; readonly byMs: number }
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "weather"; readonly weather: Weather; readonly retryAfterMs?: number }
  | { readonly do: "messages"; readonly fault: MessageFault }
  | { readonly do: "forge-message"; readonly message: unknown }
  | { readonly do: "refuse-locks"; readonly refused: boolean }
  /** Another script of the site takes the lock away and keeps it so long. */
  | { readonly do: "rob-lock"; readonly ms: number; readonly which?: "events" }
  | { readonly do: "block-cookies"; readonly blocked: boolean }
  | { readonly do: "clear"; readonly what: "cookies" | "storage" | "everything" }
  | { readonly do: "scribble"; readonly slot: "record" | "hold" | "lifetime" | "copy"; readonly text: string }
  /** An attacker copies the refresh cookie, and presents it later. */
  | { readonly do: "steal-cookie" }
  | { readonly do: "replay-cookie" }
  | { readonly do: "revoke"; readonly reason?: "revoked" | "signed-out" }
  /** What the server says of the user is another thing now: a role, a name. */
  | { readonly do: "change-user" }
  /** How whoever asks for an event stream is answered: `missing`, by an older server; `refused`, with a 401 whatever they show. */
  | { readonly do: "stream-answers"; readonly answer: StreamAnswer }
  /** `silently`: nothing arrives any more, and nobody says so. */
  | { readonly do: "break-streams"; readonly how: "by-restart" | "loudly" | "silently" };

/** An action, and when: milliseconds of true time since the world began. */
export type Step = Action & { readonly at: number };

export interface Plan {
  readonly seed: number;
  readonly engine: Engine;
  /** How many tabs there may be. */
  readonly tabs: number;
  readonly durationMs: number;
  readonly lifetimeMs: number;
  readonly idleLifetimeMs: number;
  readonly absoluteLifetimeMs: number;
  readonly graceMs: number;
  /** How long a session may be asked to last without activity. Default 0: not at all. */
  readonly extensionLimitMs?: number;
  readonly shareToken: boolean;
  readonly keepFresh: boolean;
  /** Milliseconds by which the wall clocks of tabs differ at most: browsers blur time against fingerprinting. */
  readonly skewMs: number;
  /** When a tab listens to the server. Default: never. */
  readonly events?: "visible" | "always";
  /** What shows whose event stream is wanted. Default: the cookie, as on the same origin. */
  readonly eventsBy?: "cookie" | "token";
  /** Whether latencies vary. Without, a story is shorter to read. */
  readonly jitter: boolean;
  readonly steps: readonly Step[];
}
