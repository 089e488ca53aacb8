/**
 * A session server without a network, a clock or a store of its own: synchronous, in memory, strict unless told otherwise.
 * What a presented refresh token is worth is decided by the rules of `@lockstep/server` itself.
 */
import type { SessionBounds } from "@lockstep/core/internals";
import {
  decideRotation,
  endOf,
  rotateRecord,
  toEndReason,
  type Attempt,
  type SessionRecord,
} from "@lockstep/server/rotation";

import { createSessionBook, type SessionAccounts } from "./sessions.js";
import {
  createTokenBook,
  parseRefreshToken,
  type AccessTokenFacts,
  type Credentials,
  type PresentedToken,
} from "./tokens.js";

export interface AuthorityOptions {
  /** The server's clock, in milliseconds. */
  readonly now: () => number;
  /** Of access tokens. Default 5 minutes. */
  readonly lifetimeMs?: number;
  /** Without activity. Default 30 minutes. */
  readonly idleLifetimeMs?: number;
  /** From sign-in. Default 12 hours. */
  readonly absoluteLifetimeMs?: number;
  /** How long the predecessor of a refresh token stays good. Default 0: strict. */
  readonly graceMs?: number;
  /** How long without activity a session may be asked to last from now on. Default 0: not at all. */
  readonly extensionLimitMs?: number;
  readonly onEvent?: (event: AuthorityEvent) => void;
}

export type AuthorityEvent =
  | { readonly type: "rotated"; readonly sessionId: string; readonly generation: number }
  /** Asked to last without activity until then. */
  | { readonly type: "extended"; readonly sessionId: string; readonly until: number }
  | { readonly type: "replayed"; readonly sessionId: string; readonly why: "same-attempt" | "grace" }
  | {
      readonly type: "reuse-detected";
      readonly sessionId: string;
      readonly presented: number;
      readonly current: number;
    }
  /** What its grants up to that generation say of the user is no longer true. */
  | { readonly type: "changed"; readonly sessionId: string; readonly generation: number }
  | { readonly type: "ended"; readonly sessionId: string; readonly reason: string };

/** The two cookies as the server sets them; `null`: it clears them. */
export type SessionCookies = {
  /** The refresh token. */
  readonly refresh: string;
  /** The version cookie. */
  readonly version: { readonly sessionId: string; readonly revision: number };
} | null;

export interface AuthorityGrant {
  readonly accessToken: string;
  readonly sessionId: string;
  readonly revision: number;
  readonly lifetimeMs: number;
  readonly user: { readonly id: string };
  /** Seconds since 1970. */
  readonly authTime: number;
  readonly acr: string | null;
  /** Seconds since 1970. */
  readonly expiresAt: number | null;
  readonly bounds: SessionBounds;
}

export type EndReason = ReturnType<typeof toEndReason> | "no-session";

/** `cookies`: what the answer sets or clears; absent where it touches none. */
export type AuthorityAnswer =
  /** An extension is not to be had here. */
  | { readonly kind: "declined"; readonly cookies?: null }
  | { readonly kind: "granted"; readonly grant: AuthorityGrant; readonly cookies: SessionCookies }
  | { readonly kind: "ended"; readonly reason: EndReason; readonly cookies?: null };

export interface SignOutAnswer {
  /** `outdated`: the request was overtaken, and is to be sent again. */
  readonly kind: "signed-out" | "refused" | "outdated";
  readonly cookies?: null;
}

export interface Authority extends SessionAccounts {
  /** Starts a session; the one of the presented token ends. */
  logIn(userId: string, presented: string | null): Extract<AuthorityAnswer, { kind: "granted" }>;
  /** @param extension minutes, if the client asks for more time */
  refresh(
    presented: string | null,
    attempt: Omit<Attempt, "extensionMs">,
    extension: number | null,
  ): AuthorityAnswer;
  /** The user proved again who they are: a session with a new id takes the place of the presented one. */
  stepUp(presented: string | null, acr: string | null): AuthorityAnswer;
  signOut(presented: string | null, scope: "this" | "others" | "all"): SignOutAnswer;
  /** Ends one session, as an administrator does, a change of the password, or its user on another device (`signed-out`). */
  revoke(sessionId: string, reason?: "revoked" | "signed-out"): void;
  /** The claims of a user change: the grants of their live sessions are out of date. */
  changeUser(userId: string): void;
  /** Whose stream is asked for; `null`: nobody's. */
  listenerOf(presented: Credentials): string | null;
  /** What it knows of an access token, an expired one too. */
  read(accessToken: string): AccessTokenFacts | null;
}

/** A length of time as it is told; an endless one is not. */
function told(ms: number): number | null {
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** What a grant says of the session. */
function describe(
  record: SessionRecord,
  { at, idleLifetimeMs }: { readonly at: number; readonly idleLifetimeMs: number },
): Omit<AuthorityGrant, "accessToken" | "lifetimeMs"> {
  return {
    sessionId: record.id,
    revision: record.generation,
    user: { id: record.userId },
    authTime: Math.floor(record.authTime / 1_000),
    acr: record.acr,
    expiresAt: told(Math.floor(record.absoluteExpiresAt / 1_000)),
    bounds: {
      idleMs: told(record.idleExpiresAt - at),
      idleLimitMs: told(idleLifetimeMs),
      absoluteMs: told(record.absoluteExpiresAt - at),
    },
  };
}

export function createAuthority({
  now,
  lifetimeMs = 300_000,
  idleLifetimeMs = 1_800_000,
  absoluteLifetimeMs = 43_200_000,
  graceMs = 0,
  extensionLimitMs = 0,
  onEvent = () => undefined,
}: AuthorityOptions): Authority {
  const sessions = createSessionBook({ now, idleLifetimeMs, absoluteLifetimeMs, onEvent });
  const tokens = createTokenBook();
  const policy = { graceMs, idleLifetimeMs };
  let count = 0;

  function grantOf(record: SessionRecord): Extract<AuthorityAnswer, { kind: "granted" }> {
    const accessToken = `secret-access-${record.id}-${record.generation}-${(count += 1)}`;
    tokens.note(accessToken, {
      sessionId: record.id,
      userId: record.userId,
      expiresAt: now() + lifetimeMs,
      acr: record.acr,
    });
    return {
      kind: "granted",
      grant: { accessToken, lifetimeMs, ...describe(record, { at: now(), idleLifetimeMs }) },
      cookies: {
        refresh: record.currentHash,
        version: { sessionId: record.id, revision: record.generation },
      },
    };
  }

  function mint(sessionId: string, generation: number): string {
    return `refresh.${sessionId}.${generation}.secret-refresh-${(count += 1)}`;
  }

  function decide(presented: PresentedToken | null, attempt: Attempt, rules = policy) {
    const record = presented === null ? null : sessions.get(presented.sessionId);
    const token = {
      generation: presented?.generation ?? 0,
      hash: presented?.text ?? "",
      genuine: presented !== null,
    };
    return { record, decision: decideRotation(record, token, attempt, now(), rules) };
  }

  const refresh: Authority["refresh"] = (text, presentedAttempt, extension) => {
    if (extension !== null && extensionLimitMs === 0) return { kind: "declined" };
    const extensionMs = extension === null ? undefined : Math.min(extension * 60_000, extensionLimitMs);
    const attempt = { ...presentedAttempt, extensionMs };
    // Without any cookie there is nothing to clear.
    if (text === null) return { kind: "ended", reason: "no-session" };
    const presented = parseRefreshToken(text);
    const { record, decision } = decide(presented, attempt);
    if (record === null) return { kind: "ended", reason: "no-session", cookies: null };
    switch (decision.kind) {
      case "rotate": {
        const token = mint(record.id, decision.generation);
        // The store keeps tokens as they are, where the real one keeps hashes and a sealed successor.
        const predecessor = {
          hash: record.currentHash,
          attempt: attempt.nonce,
          rotatedAt: now(),
          sealedSuccessor: token,
        };
        const next = rotateRecord(record, decision, { hash: token, predecessor });
        sessions.put(next);
        if (extensionMs !== undefined)
          onEvent({ type: "extended", sessionId: record.id, until: now() + extensionMs });
        onEvent({ type: "rotated", sessionId: record.id, generation: next.generation });
        return grantOf(next);
      }
      case "replay":
        onEvent({ type: "replayed", sessionId: record.id, why: decision.why });
        return grantOf(record);
      case "reuse":
        onEvent({
          type: "reuse-detected",
          sessionId: record.id,
          presented: presented?.generation ?? 0,
          current: record.generation,
        });
        sessions.close(record, "reuse-detected");
        return { kind: "ended", reason: "reuse-detected", cookies: null };
      case "ended":
        sessions.close(record, decision.reason);
        // A replaced session's cookies have been overwritten, or are about to be.
        return decision.reason === "replaced"
          ? { kind: "ended", reason: toEndReason(decision.reason) }
          : { kind: "ended", reason: toEndReason(decision.reason), cookies: null };
      case "unknown":
        return { kind: "ended", reason: "no-session" };
    }
  };

  function ownerOf(text: string | null): SessionRecord | null {
    const presented = text === null ? null : parseRefreshToken(text);
    return presented === null ? null : sessions.get(presented.sessionId);
  }

  return {
    logIn(userId, presented) {
      const id = `session-${(count += 1)}`;
      const record = sessions.begin(id, userId, mint(id, 1));
      const replaced = ownerOf(presented);
      if (replaced !== null) sessions.close(replaced, "replaced");
      return grantOf(record);
    },
    refresh,
    stepUp(presented, acr) {
      const own = ownerOf(presented);
      if (own === null) return { kind: "ended", reason: "no-session" };
      const reason = endOf(own, now());
      if (reason !== null) return { kind: "ended", reason: toEndReason(reason), cookies: null };
      const id = `session-${(count += 1)}`;
      const begun = sessions.begin(id, own.userId, mint(id, 1));
      const record = { ...begun, acr, absoluteExpiresAt: own.absoluteExpiresAt };
      sessions.put(record);
      sessions.close(own, "replaced");
      return grantOf(record);
    },
    signOut(presented, scope) {
      const own = ownerOf(presented);
      if (scope === "this") {
        if (own !== null) sessions.close(own, "signed-out");
        return { kind: "signed-out", cookies: null };
      }
      const attempt = { nonce: "", activityAgeSeconds: undefined };
      const forgiving = { ...policy, graceMs: Number.POSITIVE_INFINITY };
      const { decision } = decide(
        presented === null ? null : parseRefreshToken(presented),
        attempt,
        forgiving,
      );
      if (own !== null && (decision.kind === "rotate" || decision.kind === "replay")) {
        for (const record of sessions.all())
          if (record.userId === own.userId && (scope === "all" || record.id !== own.id))
            sessions.close(record, "signed-out");
        return scope === "all" ? { kind: "signed-out", cookies: null } : { kind: "signed-out" };
      }
      if (own !== null && decision.kind === "reuse") {
        if (scope === "others") return { kind: "outdated" };
        sessions.close(own, "signed-out");
      }
      return { kind: "refused", cookies: null };
    },
    revoke(sessionId, reason = "revoked") {
      const record = sessions.get(sessionId);
      if (record !== null) sessions.close(record, reason);
    },
    changeUser: sessions.change,
    listenerOf: (presented) => tokens.listenerOf(presented, now()),
    read: tokens.read,
    ...sessions.accounts,
  };
}
