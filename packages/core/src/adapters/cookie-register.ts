import { bareOptions } from "../bare-options.js";
import {
  decodeHold,
  decodeLifetime,
  decodeMark,
  decodeRecord,
  encodeHold,
  encodeLifetime,
  encodeRecord,
  type Hold,
  type RegisterReading,
} from "../machine/register.js";
import { laterRecord, type EpochRecord } from "../machine/version.js";
import type { Degrade, RegisterPort } from "../runtime/ports.js";

/** As long as browsers keep a cookie at all. Tombstones must outlive reloads and restarts. */
const recordLifetimeSeconds = 400 * 24 * 60 * 60;

/** A hold is kept past its end, so that a later try of the same refresh finds its nonce. */
const holdAfterlifeSeconds = 24 * 60 * 60;

export interface CookieRegisterOptions {
  /** Of the cookies: `<namespace>-epoch`, `<namespace>-hold` and `<namespace>-lifetime` are ours, `<version cookie>` is the server's. */
  readonly namespace: string;
  /** Name of the readable version cookie, `null` where the endpoint is on another host. */
  readonly versionCookie: string | null;
  readonly isSecure: boolean;
  readonly degrade: Degrade;
}

/**
 * `document.cookie`, which markup in the page can hide behind an element of that name (DOM clobbering): whoever may write markup
 * must not keep people from signing out.
 */
function readJar(): string {
  return Reflect.get<Document, "cookie">(Document.prototype, "cookie", document);
}

function writeJar(cookie: string): void {
  Reflect.set(Document.prototype, "cookie", cookie, document);
}

function cookiesOf(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split("; ")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0));
    // Of two cookies of one name the first is the more specific (RFC 6265bis §5.8.3).
    if (!cookies.has(name)) cookies.set(name, pair.slice(equals + 1));
  }
  return cookies;
}

/**
 * The register in cookies: read synchronously, kept by the browser when a tab dies, and never stale right after a lock
 * was granted, unlike `localStorage` and the channel. The record has a copy in `localStorage`, for cookies that a
 * browser caps at seven days (P23) and for pages whose cookies are blocked.
 */
export function createCookieRegister({
  namespace,
  versionCookie,
  isSecure,
  degrade,
}: CookieRegisterOptions): RegisterPort {
  const recordName = `${namespace}-epoch`;
  const holdName = `${namespace}-hold`;
  const lifetimeName = `${namespace}-lifetime`;
  const attributes = `; Path=/; SameSite=Strict${isSecure ? "; Secure" : ""}`;
  const reported = new Set<string>();

  function report(port: string, reason: string): void {
    if (reported.has(port)) return;
    reported.add(port);
    degrade(port, reason);
  }

  function attempt<Result>(port: string, action: () => Result): Result | null {
    try {
      return action();
    } catch (error) {
      report(port, error instanceof Error ? error.name : "unknown");
      return null;
    }
  }

  function readCookies(): Map<string, string> | null {
    if (!navigator.cookieEnabled) {
      report("cookies", "disabled");
      return null;
    }
    const header = attempt("cookies", () => readJar());
    return header === null ? null : cookiesOf(header);
  }

  function writeCookie(name: string, value: string, maxAgeSeconds: number): void {
    attempt("cookies", () => {
      writeJar(`${name}=${value}; Max-Age=${Math.ceil(maxAgeSeconds)}${attributes}`);
    });
  }

  function readRecord(cookies: Map<string, string> | null): EpochRecord | null {
    const inCookie = decodeRecord(cookies?.get(recordName) ?? "");
    const inStorage = decodeRecord(attempt("storage", () => localStorage.getItem(recordName)) ?? "");
    if (inCookie === null || inStorage === null) return inCookie ?? inStorage;
    return laterRecord(inCookie, inStorage);
  }

  return {
    read(): RegisterReading {
      const cookies = readCookies();
      const hold = decodeHold(cookies?.get(holdName) ?? "");
      const mark =
        versionCookie === null || cookies === null
          ? "unreadable"
          : decodeMark(cookies.get(versionCookie) ?? "");
      const lifetime = decodeLifetime(cookies?.get(lifetimeName) ?? "");
      return { record: readRecord(cookies), mark, hold, lifetime };
    },
    writeRecord(record) {
      const text = encodeRecord(record);
      writeCookie(recordName, text, recordLifetimeSeconds);
      attempt("storage", () => localStorage.setItem(recordName, text));
    },
    writeHold(hold: Hold | null) {
      if (hold === null) writeCookie(holdName, "", 0);
      else writeCookie(holdName, encodeHold(hold), hold.ttlMs / 1_000 + holdAfterlifeSeconds);
    },
    writeLifetime(lifetime) {
      writeCookie(lifetimeName, encodeLifetime(lifetime), recordLifetimeSeconds);
    },
    // A message can be ahead of what it tells of, and a hidden tab's timers look again a second later (L13). Not of a sign-in: its
    // token comes by message, and whoever knew of the session before that would ask for one (L1).
    attach(on) {
      const detach = new AbortController();
      window.addEventListener(
        "storage",
        ({ key, newValue }) => {
          if (key === recordName && decodeRecord(newValue ?? "")?.status === "out") on();
        },
        bareOptions({ signal: detach.signal }),
      );
      return () => detach.abort();
    },
  };
}
