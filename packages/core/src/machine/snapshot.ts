/** What subscribers see: who is signed in, and nothing that a silent refresh would change. Never a token (L5). */
import type { FailureCode } from "./outcome.js";
import type { State, SessionWarning } from "./state.js";
import type { EndReason } from "./version.js";

/**
 * What the session is now. The same object as long as nothing in it changed, so that a silent refresh renders nothing.
 *
 * `problem` names what keeps the session from refreshing at the moment; it is kept meanwhile, and recovers by itself.
 */
export type SessionSnapshot<Claims = unknown, User = unknown> =
  | { readonly status: "loading"; readonly problem: FailureCode | null }
  | {
      readonly status: "authenticated";
      readonly problem: FailureCode | null;
      /** The public id of the session. */
      readonly sessionId: string;
      readonly user: User;
      /** The access token's claims without those that change with every refresh (`exp`, `iat`, `nbf`, `jti`). For display; never a basis for a decision. */
      readonly claims: Claims;
      /** When the user last authenticated, in seconds since 1970 by the server's clock. */
      readonly authTime: number | null;
      readonly acr: string | null;
      /** When the session ends at the latest, in seconds since 1970 by the server's clock. */
      readonly expiresAt: number | null;
      /** The session ends soon: of inactivity, unless the user does something in some tab, or because its time is up. */
      readonly warning: SessionWarning | null;
    }
  | { readonly status: "unauthenticated"; readonly reason: EndReason };

function project({ who, problem, warning }: State): SessionSnapshot {
  switch (who.status) {
    case "loading":
      return Object.freeze({ status: "loading", problem });
    case "unauthenticated":
      return Object.freeze({ status: "unauthenticated", reason: who.reason });
    case "authenticated": {
      const { sessionId, user, claims, authTime, acr, expiresAt } = who.identity;
      return Object.freeze({
        status: "authenticated",
        problem,
        sessionId,
        user,
        claims,
        authTime,
        acr,
        expiresAt,
        warning,
      });
    }
  }
}

/** The snapshot of a state; `previous` itself when it says the same. */
export function snapshotOf(
  state: State,
  previous?: { readonly state: State; readonly snapshot: SessionSnapshot },
): SessionSnapshot {
  return previous !== undefined &&
    previous.state.who === state.who &&
    previous.state.problem === state.problem &&
    previous.state.warning === state.warning
    ? previous.snapshot
    : project(state);
}
