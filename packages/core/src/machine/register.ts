/**
 * What the tabs can read of each other without a message: the register. It lives in cookies, because a cookie
 * survives the tab that wrote it and is ordered with the lock; `localStorage` lags by milliseconds and a message has
 * no memory. No field is secret.
 */
import type { FailureCode } from "./outcome.js";
import { noRecord, type EndReason, type EpochRecord } from "./version.js";

/** What the server's version cookie says: which session the refresh cookie belongs to, and how often it rotated. */
export interface Mark {
  readonly sessionId: string;
  readonly revision: number;
}

/**
 * Why nobody may send a refresh right now, and until when.
 *
 * A *claim* is published before a refresh is sent and withdrawn after; found unfinished, it protects the request of a
 * tab that died (L2). A *cooldown* is the back-off that all tabs share (L10). A *sign-in* keeps refreshes from landing
 * on top of a login.
 */
export interface Hold {
  readonly kind: "claim" | "cooldown" | "sign-in";
  /** The nonce of the logical refresh. A later try of the same one repeats it, so that the server knows it again. */
  readonly attempt: string;
  /** The mark that the request was based on; the claim is settled once the version cookie has moved past it. */
  readonly base: Mark | null;
  /** Wall-clock milliseconds: all tabs of a machine share that clock. */
  readonly startedAtWall: number;
  readonly ttlMs: number;
  readonly failures: number;
  readonly code: FailureCode | null;
  /** Of a sign-in: how long the pause that it took the place of stands, counted like `ttlMs`. */
  readonly pauseMs?: number | undefined;
}

/** When a session is over, as its server told last, by the wall clock. `null`: it did not say. */
export interface Lifetime {
  readonly sessionId: string;
  /** Unless the user does something. */
  readonly idleAtWall: number | null;
  /** How long after the user's last activity that is, in milliseconds. */
  readonly idleLimitMs: number | null;
  /** Whatever happens. */
  readonly endsAtWall: number | null;
}

/** One look at the register. */
export interface RegisterReading {
  /** The shared record, `null` where none was written yet or none can be. */
  readonly record: EpochRecord | null;
  /** The version cookie; `unreadable` where the endpoint is on another host or cookies are blocked. */
  readonly mark: Mark | null | "unreadable";
  readonly hold: Hold | null;
  readonly lifetime: Lifetime | null;
}

/**
 * A hold whose request is over. It stops nobody any more, and keeps the nonce: should a late answer of an earlier request
 * put an older credential back into the cookie jar, the refresh that rotated it is tried again under its own nonce, and
 * the server hands out the successor once more instead of seeing a replay (L2).
 */
export function settled(hold: Hold): Hold {
  return { ...hold, kind: "claim", ttlMs: 0 };
}

/** What a hold is by now: a login that is not withdrawn in time, in a page that left or is throttled, leaves the pause before it (L10). */
export function standingNow(hold: Hold | null, wall: number): Hold | null {
  if (hold?.kind !== "sign-in" || hold.pauseMs === undefined || remainingMs(hold, wall) > 0) return hold;
  return { ...hold, kind: "cooldown", ttlMs: hold.pauseMs };
}

/** Which try of which refresh a hold stands for. */
export type Try = Pick<Hold, "attempt" | "failures">;

/** Whether the hold stands for that very try: not for a later one of the same refresh, nor for a login in its place. */
export function isOfTry(hold: Hold | null, { attempt, failures }: Try): hold is Hold {
  return hold?.attempt === attempt && hold.failures === failures && hold.kind !== "sign-in";
}

/** How long a hold still stands; one from the future, by a clock that was stepped back, as long as it was meant to be. */
export function remainingMs(hold: Hold, wall: number): number {
  return Math.max(0, Math.min(hold.ttlMs, hold.startedAtWall + hold.ttlMs - wall));
}

/** What a hold may last at most. Any script of the site can write one; it must not stop everybody for ever. */
const longestHoldMs: Readonly<Record<Hold["kind"], number>> = {
  claim: 60_000,
  cooldown: 25 * 60 * 60 * 1_000,
  "sign-in": 60_000,
};

/** Written where there is nothing to say. */
const nothing = "-";

const reasons: readonly EndReason[] = [
  "signed-out",
  "signed-out-elsewhere",
  "idle",
  "expired",
  "revoked",
  "reuse-detected",
  "no-session",
];
const revocations = ["this", "all"] as const;
const kinds = ["claim", "cooldown", "sign-in"] as const;
const failureCodes: readonly FailureCode[] = [
  "network",
  "timeout",
  "rate-limited",
  "unavailable",
  "bad-answer",
  "conflict",
  "refused",
];

/** The word, if it is one of these; `null` where none was written; `undefined` for anything else. */
function wordOf<Word extends string>(
  words: readonly Word[],
  text: string | undefined,
): Word | null | undefined {
  return text === nothing ? null : words.find((word) => word === text);
}

/** A counter or a time: digits only, within what a double holds exactly. */
function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Whether the register can carry a session id: what a cookie may hold (RFC 6265 §4.1.1), less our own separator. */
export function isSessionId(id: string): boolean {
  return /^[!#-+\--:<-[\]-}]{1,128}$/.test(id);
}

function encodeId(id: string | null): string {
  return id === null ? nothing : `.${id}`;
}

function decodeId(text: string | undefined): string | null | undefined {
  if (text === nothing) return null;
  return text?.startsWith(".") && isSessionId(text.slice(1)) ? text.slice(1) : undefined;
}

/** The record as a cookie value. */
export function encodeRecord(record: EpochRecord): string {
  const fields = ["1", record.epoch, encodeId(record.sessionId)];
  if (record.status === "out") {
    fields.push(record.reason, record.pending ?? nothing);
  }
  return fields.join("~");
}

/** The record of a cookie value; `null` for anything that is not one (other versions, rubbish). */
export function decodeRecord(text: string): EpochRecord | null {
  const [version, epochText, idText, reasonText, pendingText, ...rest] = text.split("~");
  const epoch = count(epochText);
  const sessionId = decodeId(idText);
  if (
    version !== "1" ||
    epoch === undefined ||
    epoch === noRecord.epoch ||
    sessionId === undefined ||
    rest.length > 0
  )
    return null;
  if (reasonText === undefined) return { epoch, status: "in", sessionId };
  const reason = wordOf(reasons, reasonText);
  const pending = wordOf(revocations, pendingText);
  if (reason == null || pending === undefined) return null;
  return { epoch, status: "out", sessionId, reason, pending };
}

/** The hold as a cookie value. */
export function encodeHold(hold: Hold): string {
  return [
    "1",
    hold.kind,
    hold.attempt,
    encodeId(hold.base?.sessionId ?? null),
    hold.base?.revision ?? nothing,
    Math.round(hold.startedAtWall),
    Math.round(hold.ttlMs),
    hold.failures,
    hold.code ?? nothing,
    ...(hold.pauseMs === undefined ? [] : [Math.round(hold.pauseMs)]),
  ].join("~");
}

/** The hold of a cookie value; `null` for anything that is not one. */
export function decodeHold(text: string): Hold | null {
  const [
    version,
    kindText,
    attempt,
    idText,
    revisionText,
    startText,
    ttlText,
    failuresText,
    codeText,
    pauseText,
  ] = text.split("~");
  const kind = wordOf(kinds, kindText);
  const sessionId = decodeId(idText);
  const revision = count(revisionText);
  const startedAtWall = count(startText);
  const ttlMs = count(ttlText);
  const failures = count(failuresText);
  const code = wordOf(failureCodes, codeText);
  const pauseMs = count(pauseText);
  if (
    version !== "1" ||
    kind == null ||
    !/^[\w-]{1,64}$/.test(attempt ?? "") ||
    sessionId === undefined ||
    startedAtWall === undefined ||
    ttlMs === undefined ||
    ttlMs > longestHoldMs[kind] ||
    failures === undefined ||
    code === undefined ||
    (pauseText !== undefined && (pauseMs === undefined || pauseMs > longestHoldMs.cooldown))
  )
    return null;
  const base = sessionId === null || revision === undefined ? null : { sessionId, revision };
  const hold = { kind, attempt: attempt as string, base, startedAtWall, ttlMs, failures, code };
  return pauseMs === undefined ? hold : { ...hold, pauseMs };
}

/** The lifetime as a cookie value. */
export function encodeLifetime({ sessionId, idleAtWall, idleLimitMs, endsAtWall }: Lifetime): string {
  const times = [idleAtWall, idleLimitMs, endsAtWall].map((ms) => (ms === null ? nothing : Math.round(ms)));
  return ["1", encodeId(sessionId), ...times].join("~");
}

/** The lifetime of a cookie value; `null` for anything that is not one. */
export function decodeLifetime(text: string): Lifetime | null {
  const [version, idText, ...times] = text.split("~");
  const sessionId = decodeId(idText);
  const [idleAtWall, idleLimitMs, endsAtWall] = times.map((ms) => (ms === nothing ? null : count(ms)));
  return version === "1" &&
    sessionId != null &&
    times.length === 3 &&
    idleAtWall !== undefined &&
    idleLimitMs !== undefined &&
    endsAtWall !== undefined
    ? { sessionId, idleAtWall, idleLimitMs, endsAtWall }
    : null;
}

/** The mark of a version cookie's value, `<public session id>.<revision>`. */
export function decodeMark(text: string): Mark | null {
  const dot = text.lastIndexOf(".");
  const revision = count(text.slice(dot + 1));
  const sessionId = text.slice(0, Math.max(dot, 0));
  return revision !== undefined && isSessionId(sessionId) ? { sessionId, revision } : null;
}

/** The newest revision of the session that the register or this tab's own token (`held`) shows; −1 for none. */
export function newestRevision(reading: RegisterReading, held: { readonly revision: number } | null): number {
  const { mark } = reading;
  return Math.max(held?.revision ?? -1, mark === null || mark === "unreadable" ? -1 : mark.revision);
}

/** Whether the version cookie shows that a request based on `base` has been answered: it names something else by now. */
export function hasMoved(base: Mark | null, { mark }: RegisterReading): boolean {
  if (mark === null || mark === "unreadable") return false;
  return base === null || mark.sessionId !== base.sessionId || mark.revision > base.revision;
}

/**
 * Whether the request behind a hold has landed or never will: it ran out, or the version cookie moved past what the
 * request was based on. A hold that is settled keeps nobody waiting.
 *
 * The claim of a second try is not settled by the cookie: what moved it may be the answer to the first one, while the
 * second, with the same credential, is still on its way. Nobody may rotate past it before it has arrived (L2).
 */
export function isSettled(hold: Hold, reading: RegisterReading, wall: number): boolean {
  if (remainingMs(hold, wall) === 0) return true;
  return hold.kind === "claim" && hold.failures === 0 && hasMoved(hold.base, reading);
}
