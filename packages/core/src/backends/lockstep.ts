/**
 * The default backend, wire protocol version 1: how its answers become the machine's outcomes. The one place where the
 * error table is decided (R-030…R-036).
 *
 * Definitive is one answer only: `401 { "error": "session_ended", "reason": … }`. Everything that could come from a proxy,
 * a captive portal or a server in trouble leaves the session as it is (L4).
 */
import type { Failure, FreshToken } from "../machine/outcome.js";
import { isSessionId } from "../machine/register.js";
import type { EndReason } from "../machine/version.js";
import type { Answer, Backend } from "../runtime/ports.js";
import { retryAfterMs } from "./retry-after.js";
import type { ReadIdentity, ReadLifetime } from "./token-reader.js";

const endReasons: ReadonlySet<unknown> = new Set<EndReason>([
  "idle",
  "expired",
  "revoked",
  "reuse-detected",
  "no-session",
]);

/** A member of what came over the wire; nothing that a script put on the prototypes of all objects. */
export function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Beyond this, a lifetime is as good as endless; sums with it stay exact. */
const longestLifetimeMs = 10 ** 13;

/** A number, or the digits of one: some servers answer `"300"` (attack E6). */
function numberOf(value: unknown): number | null {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** Seconds of the wire in milliseconds; `null` for anything else. */
function durationMs(value: unknown): number | null {
  const seconds = numberOf(value);
  return seconds === null || seconds < 0 ? null : Math.min(seconds * 1_000, longestLifetimeMs);
}

function stringOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Why a session is over, in our words. */
export function endReasonOf(reason: unknown): EndReason {
  // This tab did not sign out, or it would not have asked.
  if (reason === "signed-out") return "signed-out-elsewhere";
  // A newer server may know more reasons than we do; the end is definitive all the same.
  return endReasons.has(reason) ? (reason as EndReason) : "revoked";
}

/** Whether the answer is this backend's own word that the session is over. */
function endOf({ status, body }: Answer): EndReason | null {
  if (status !== 401 || member(body, "error") !== "session_ended") return null;
  return endReasonOf(member(body, "reason"));
}

/** Everything else that is not what was asked for. */
function failureOf({ status, headers, body }: Answer, wall: () => number): Failure {
  const wish = retryAfterMs(headers, wall);
  const code = codeOf(status, stringOf(member(body, "error")) !== null);
  return wish === undefined ? { code, status } : { code, status, retryAfterMs: wish };
}

function codeOf(status: number, isOurs: boolean): Failure["code"] {
  if (status === 429) return "rate-limited";
  if (status === 409) return "conflict";
  if (status === 408 || status === 425 || status >= 500) return "unavailable";
  // A 4xx in our own error format says how we ask is wrong; any other comes from something in between.
  return status >= 400 && isOurs ? "refused" : "bad-answer";
}

export interface LockstepBackendOptions {
  readonly readIdentity: ReadIdentity;
  readonly readLifetimeMs: ReadLifetime;
  readonly wall: () => number;
}

export function createLockstepBackend({
  readIdentity,
  readLifetimeMs,
  wall,
}: LockstepBackendOptions): Backend {
  /** The token of a grant; `null` where the body is none. */
  function freshToken(body: unknown): FreshToken | null {
    const token = stringOf(member(body, "access_token"));
    const type = stringOf(member(body, "token_type"));
    const session = member(body, "session");
    const sessionId = stringOf(member(session, "id"));
    const revision = numberOf(member(session, "version"));
    if (token === null || sessionId === null || !isSessionId(sessionId) || revision === null || revision < 0)
      return null;
    // Case-insensitive (RFC 6749 §5.1, R-023); another type is a token that this client cannot use.
    if (type !== null && type.toLowerCase() !== "bearer") return null;
    const expiresIn = member(body, "expires_in");
    const lifetimeMs = Math.min(
      expiresIn === undefined ? readLifetimeMs(token) : (numberOf(expiresIn) ?? 0) * 1_000,
      longestLifetimeMs,
    );
    if (lifetimeMs <= 0) return null;
    const identity = readIdentity(token, {
      sessionId,
      user: member(body, "user") ?? null,
      authTime: numberOf(member(session, "auth_time")),
      acr: stringOf(member(session, "acr")),
      expiresAt: numberOf(member(session, "expires_at")),
    });
    const bounds = {
      idleMs: durationMs(member(session, "idle_expires_in")),
      idleLimitMs: durationMs(member(session, "idle_timeout")),
      absoluteMs: durationMs(member(session, "expires_in")),
    };
    return identity && { token, revision: Math.floor(revision), lifetimeMs, identity, bounds };
  }

  return {
    refreshOutcome(answer) {
      if (answer.status === 200) {
        const fresh = freshToken(answer.body);
        return fresh === null
          ? { kind: "failed", failure: { code: "bad-answer", status: 200 } }
          : { kind: "granted", fresh };
      }
      if (answer.status === 403 && member(answer.body, "error") === "extension_refused")
        return { kind: "declined" };
      const reason = endOf(answer);
      return reason === null
        ? { kind: "failed", failure: failureOf(answer, wall) }
        : { kind: "ended", reason };
    },
    signOutOutcome(answer) {
      // A 200 may be a captive portal's: only what our server says counts as told (scenario 27).
      return answer.status === 204 || endOf(answer) !== null
        ? { kind: "done" }
        : { kind: "failed", failure: failureOf(answer, wall) };
    },
    signInOutcome({ status, body }) {
      if (status < 200 || status > 299) return { kind: "failed" };
      const fresh = freshToken(body);
      return fresh === null ? { kind: "unknown" } : { kind: "granted", fresh };
    },
  };
}
