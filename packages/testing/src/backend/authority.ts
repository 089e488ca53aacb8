/**
 * A session server without a network, a clock or a store of its own: synchronous, in memory, strict unless told otherwise.
 * What a presented refresh token is worth is decided by the rules of `@lockstep/server` itself.
 */
import {
  closeRecord,
  decideRotation,
  endOf,
  rotateRecord,
  toEndReason,
  type Attempt,
  type SessionRecord,
} from "@lockstep/server/rotation";

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
  readonly onEvent?: (event: AuthorityEvent) => void;
}

export type AuthorityEvent =
  | { readonly type: "rotated"; readonly sessionId: string; readonly generation: number }
  | { readonly type: "replayed"; readonly sessionId: string; readonly why: "same-attempt" | "grace" }
  | {
      readonly type: "reuse-detected";
      readonly sessionId: string;
      readonly presented: number;
      readonly current: number;
    }
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
}

type EndReason = ReturnType<typeof toEndReason> | "no-session";

/** `cookies`: what the answer sets or clears; absent where it touches none. */
export type AuthorityAnswer =
  | { readonly kind: "granted"; readonly grant: AuthorityGrant; readonly cookies: SessionCookies }
  | { readonly kind: "ended"; readonly reason: EndReason; readonly cookies?: null };

export interface SignOutAnswer {
  readonly kind: "signed-out" | "refused";
  readonly cookies?: null;
}

/** What an access token is about. */
export interface AccessTokenFacts {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: number;
}

export interface Authority {
  /** Starts a session; the one of the presented token ends. */
  logIn(userId: string, presented: string | null): Extract<AuthorityAnswer, { kind: "granted" }>;
  refresh(presented: string | null, attempt: Attempt): AuthorityAnswer;
  signOut(presented: string | null, scope: "this" | "others" | "all"): SignOutAnswer;
  /** Ends one session, as an administrator does. */
  revoke(sessionId: string): void;
  /** What it knows of an access token, an expired one too. */
  read(accessToken: string): AccessTokenFacts | null;
  /** Whose session it is. */
  userOf(sessionId: string): string | null;
  /** Why a session is over by now; `null` while it lives; `unknown` if there was none of that name. */
  endOf(sessionId: string): EndReason | null | "unknown";
}

/** A refresh token of this authority names its session and generation; that it is genuine shows by its being known. */
interface Presented {
  readonly sessionId: string;
  readonly generation: number;
  readonly text: string;
}

function parse(text: string): Presented | null {
  const [kind, sessionId, generation] = text.split(".");
  return kind === "refresh" && sessionId !== undefined && generation !== undefined
    ? { sessionId, generation: Number(generation), text }
    : null;
}

/** Access tokens are remembered past their expiry, so that a late one is recognised; beyond this many, the oldest go. */
const rememberedTokens = 20_000;

export function createAuthority({
  now,
  lifetimeMs = 300_000,
  idleLifetimeMs = 1_800_000,
  absoluteLifetimeMs = 43_200_000,
  graceMs = 0,
  onEvent = () => undefined,
}: AuthorityOptions): Authority {
  const sessions = new Map<string, SessionRecord>();
  const tokens = new Map<string, AccessTokenFacts>();
  const policy = { graceMs, idleLifetimeMs };
  let count = 0;

  function grantOf(record: SessionRecord): Extract<AuthorityAnswer, { kind: "granted" }> {
    const accessToken = `secret-access-${record.id}-${record.generation}-${(count += 1)}`;
    tokens.set(accessToken, { sessionId: record.id, userId: record.userId, expiresAt: now() + lifetimeMs });
    const [oldest] = tokens.keys();
    if (tokens.size > rememberedTokens && oldest !== undefined) tokens.delete(oldest);
    return {
      kind: "granted",
      grant: {
        accessToken,
        sessionId: record.id,
        revision: record.generation,
        lifetimeMs,
        user: { id: record.userId },
        authTime: Math.floor(record.authTime / 1_000),
      },
      cookies: {
        refresh: record.currentHash,
        version: { sessionId: record.id, revision: record.generation },
      },
    };
  }

  function mint(sessionId: string, generation: number): string {
    return `refresh.${sessionId}.${generation}.secret-refresh-${(count += 1)}`;
  }

  function close(record: SessionRecord, reason: Parameters<typeof closeRecord>[1]): void {
    if (record.end !== null) return;
    const closed = closeRecord(record, endOf(record, now()) ?? reason, now());
    sessions.set(record.id, closed);
    onEvent({ type: "ended", sessionId: record.id, reason: closed.end?.reason ?? reason });
  }

  function decide(presented: Presented | null, attempt: Attempt, rules = policy) {
    const record = (presented && sessions.get(presented.sessionId)) ?? null;
    const token = {
      generation: presented?.generation ?? 0,
      hash: presented?.text ?? "",
      genuine: presented !== null,
    };
    return { record, decision: decideRotation(record, token, attempt, now(), rules) };
  }

  function refresh(text: string | null, attempt: Attempt): AuthorityAnswer {
    // Without any cookie there is nothing to clear.
    if (text === null) return { kind: "ended", reason: "no-session" };
    const presented = parse(text);
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
        sessions.set(record.id, next);
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
        close(record, "reuse-detected");
        return { kind: "ended", reason: "reuse-detected", cookies: null };
      case "ended":
        close(record, decision.reason);
        // A replaced session's cookies have been overwritten, or are about to be.
        return decision.reason === "replaced"
          ? { kind: "ended", reason: toEndReason(decision.reason) }
          : { kind: "ended", reason: toEndReason(decision.reason), cookies: null };
      case "unknown":
        return { kind: "ended", reason: "no-session" };
    }
  }

  function ownerOf(text: string | null): SessionRecord | null {
    const presented = text === null ? null : parse(text);
    return (presented && sessions.get(presented.sessionId)) ?? null;
  }

  return {
    logIn(userId, presented) {
      const at = now();
      const id = `session-${(count += 1)}`;
      const record: SessionRecord = {
        id,
        revision: 1,
        userId,
        familyKey: "",
        generation: 1,
        currentHash: mint(id, 1),
        predecessor: null,
        createdAt: at,
        authTime: at,
        acr: null,
        amr: null,
        user: { id: userId },
        claims: {},
        idleExpiresAt: at + idleLifetimeMs,
        absoluteExpiresAt: at + absoluteLifetimeMs,
        end: null,
      };
      sessions.set(id, record);
      const replaced = ownerOf(presented);
      if (replaced !== null) close(replaced, "replaced");
      return grantOf(record);
    },
    refresh,
    signOut(presented, scope) {
      const own = ownerOf(presented);
      if (scope === "this") {
        if (own !== null) close(own, "signed-out");
        return { kind: "signed-out", cookies: null };
      }
      const attempt = { nonce: "", activityAgeSeconds: undefined };
      const forgiving = { ...policy, graceMs: Number.POSITIVE_INFINITY };
      const { decision } = decide(presented === null ? null : parse(presented), attempt, forgiving);
      if (own !== null && (decision.kind === "rotate" || decision.kind === "replay")) {
        for (const record of sessions.values())
          if (record.userId === own.userId && (scope === "all" || record.id !== own.id))
            close(record, "signed-out");
        return scope === "all" ? { kind: "signed-out", cookies: null } : { kind: "signed-out" };
      }
      if (own !== null && decision.kind === "reuse") {
        onEvent({
          type: "reuse-detected",
          sessionId: own.id,
          presented: parse(presented ?? "")?.generation ?? 0,
          current: own.generation,
        });
        close(own, "reuse-detected");
      }
      return { kind: "refused", cookies: null };
    },
    revoke(sessionId) {
      const record = sessions.get(sessionId);
      if (record !== undefined) close(record, "revoked");
    },
    read: (accessToken) => tokens.get(accessToken) ?? null,
    userOf: (sessionId) => sessions.get(sessionId)?.userId ?? null,
    endOf(sessionId) {
      const record = sessions.get(sessionId);
      if (record === undefined) return "unknown";
      const reason = endOf(record, now());
      return reason === null ? null : toEndReason(reason);
    },
  };
}
