/** What one exchange with the backend came to: closed unions, decided in one place per backend (R-030…R-036). */
import type { EndReason } from "./version.js";

/** Who a token is about. Nothing here is secret. */
export interface Identity {
  readonly sessionId: string;
  /** What tells one user from another: the token's `sub`, else the user's `id`. */
  readonly subject: string | null;
  readonly user: unknown;
  readonly claims: unknown;
  /** When the user last authenticated, in seconds since 1970 by the server's clock. */
  readonly authTime: number | null;
  readonly acr: string | null;
  /** When the session ends at the latest, in seconds since 1970 by the server's clock. */
  readonly expiresAt: number | null;
}

/** Whether two identities are one user's. Without a subject, only the same session is known to be. */
export function isSameUser(a: Identity, b: Identity): boolean {
  return a.subject === null || b.subject === null ? a.sessionId === b.sessionId : a.subject === b.subject;
}

/** An access token as the backend just handed it out. */
export interface FreshToken {
  readonly token: string;
  /** How often the session was rotated: the second half of the version cookie. */
  readonly revision: number;
  readonly lifetimeMs: number;
  readonly identity: Identity;
  /** Not in a token that a sibling sent. */
  readonly bounds?: SessionBounds | undefined;
}

/** How long the session itself lasts yet, in milliseconds since the request began; `null` where the server does not say. */
export interface SessionBounds {
  /** Until it ends, unless the user does something. */
  readonly idleMs: number | null;
  /** How long after the user's last activity that is. */
  readonly idleLimitMs: number | null;
  /** Until it ends, whatever happens. */
  readonly absoluteMs: number | null;
}

/**
 * What keeps a session from refreshing without ending it (L4). All but `refused` pass by themselves; `refused` says
 * that the server rejects the way it is asked, which is a matter of configuration.
 */
export type FailureCode =
  "network" | "timeout" | "rate-limited" | "unavailable" | "bad-answer" | "conflict" | "refused";

export interface Failure {
  readonly code: FailureCode;
  /** The server's own wish, from `Retry-After`. */
  readonly retryAfterMs?: number;
  readonly status?: number;
}

export type RefreshOutcome =
  | { readonly kind: "granted"; readonly fresh: FreshToken }
  | { readonly kind: "ended"; readonly reason: EndReason }
  /** The extension that it asked for is not to be had; nothing was refreshed. */
  | { readonly kind: "declined" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What the server says of a session by itself, without being asked. */
export type News =
  | { readonly kind: "ended"; readonly sessionId: string; readonly reason: EndReason }
  /** What tokens of up to this revision say of the user is no longer true. */
  | { readonly kind: "stale"; readonly sessionId: string; readonly revision: number };

export type SignOutOutcome =
  { readonly kind: "done" } | { readonly kind: "failed"; readonly failure: Failure };

/** What the application's login call came to. `unknown`: it succeeded, and its answer is none of ours to read. */
export type SignInOutcome =
  | { readonly kind: "granted"; readonly fresh: FreshToken }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed" };
