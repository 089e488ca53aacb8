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
}

/** One look at the register. */
export interface RegisterReading {
  /** The shared record, `null` where none was written yet or none can be. */
  readonly record: EpochRecord | null;
  /** The version cookie; `unreadable` where the endpoint is on another host or cookies are blocked. */
  readonly mark: Mark | null | "unreadable";
  readonly hold: Hold | null;
}

/** How long a hold still stands. A clock that was stepped back never makes it longer than it was meant to be. */
export function remainingMs(hold: Hold, wall: number): number {
  return Math.max(0, Math.min(hold.ttlMs, hold.startedAtWall + hold.ttlMs - wall));
}

const reasonCodes: Readonly<Record<EndReason, string>> = {
  "signed-out": "s",
  "signed-out-elsewhere": "e",
  idle: "i",
  expired: "x",
  revoked: "r",
  "reuse-detected": "d",
  "no-session": "n",
};
const pendingCodes = { this: "t", all: "a" } as const;
const kindCodes = { claim: "c", cooldown: "w", "sign-in": "s" } as const;
const failureCodes: Readonly<Record<FailureCode, string>> = {
  network: "n",
  timeout: "t",
  "rate-limited": "l",
  unavailable: "u",
  "bad-answer": "b",
  conflict: "c",
  refused: "r",
};

function keyOf<K extends string>(
  codes: Readonly<Record<K, string>>,
  code: string | undefined,
): K | undefined {
  return (Object.keys(codes) as K[]).find((key) => codes[key] === code);
}

/** A counter or a time: digits only, within what a double holds exactly. */
function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const nothing = "-";

function encodeId(id: string | null): string {
  return id === null ? nothing : `.${encodeURIComponent(id).replaceAll("~", "%7E")}`;
}

function decodeId(text: string | undefined): string | null | undefined {
  if (text === nothing) return null;
  if (text === undefined || !text.startsWith(".") || text.length > 400) return undefined;
  try {
    return decodeURIComponent(text.slice(1));
  } catch {
    return undefined;
  }
}

/** The record as a cookie value. */
export function encodeRecord(record: EpochRecord): string {
  const fields = ["1", record.epoch, encodeId(record.sessionId)];
  if (record.status === "out") {
    fields.push(reasonCodes[record.reason], record.pending === null ? nothing : pendingCodes[record.pending]);
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
  const reason = keyOf(reasonCodes, reasonText);
  const pending = pendingText === nothing ? null : keyOf(pendingCodes, pendingText);
  if (reason === undefined || pending === undefined) return null;
  return { epoch, status: "out", sessionId, reason, pending };
}

/** The hold as a cookie value. */
export function encodeHold(hold: Hold): string {
  return [
    "1",
    kindCodes[hold.kind],
    hold.attempt,
    encodeId(hold.base?.sessionId ?? null),
    hold.base?.revision ?? nothing,
    Math.round(hold.startedAtWall),
    Math.round(hold.ttlMs),
    hold.failures,
    hold.code === null ? nothing : failureCodes[hold.code],
  ].join("~");
}

/** The hold of a cookie value; `null` for anything that is not one. */
export function decodeHold(text: string): Hold | null {
  const [version, kindText, attempt, idText, revisionText, startText, ttlText, failuresText, codeText] =
    text.split("~");
  const kind = keyOf(kindCodes, kindText);
  const sessionId = decodeId(idText);
  const revision = count(revisionText);
  const startedAtWall = count(startText);
  const ttlMs = count(ttlText);
  const failures = count(failuresText);
  const code = codeText === nothing ? null : keyOf(failureCodes, codeText);
  if (
    version !== "1" ||
    kind === undefined ||
    !/^[\w-]{1,64}$/.test(attempt ?? "") ||
    sessionId === undefined ||
    startedAtWall === undefined ||
    ttlMs === undefined ||
    failures === undefined ||
    code === undefined
  )
    return null;
  const base = sessionId === null || revision === undefined ? null : { sessionId, revision };
  return { kind, attempt: attempt as string, base, startedAtWall, ttlMs, failures, code };
}

/** The mark of a version cookie's value, `<public session id>.<revision>`. */
export function decodeMark(text: string): Mark | null {
  const dot = text.lastIndexOf(".");
  const revision = count(text.slice(dot + 1));
  const sessionId = text.slice(0, Math.max(dot, 0));
  return revision === undefined || sessionId === "" || sessionId.length > 256
    ? null
    : { sessionId, revision };
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
 */
export function isSettled(hold: Hold, reading: RegisterReading, wall: number): boolean {
  return remainingMs(hold, wall) === 0 || (hold.kind === "claim" && hasMoved(hold.base, reading));
}
