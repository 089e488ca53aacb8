/**
 * The cookie jar that all tabs share, with the semantics that were measured: what the server sets is seen by every tab at
 * once; what a script sets lags in the other tabs, and never behind a lock that was granted afterwards.
 */
import {
  decodeHold,
  decodeLifetime,
  decodeRecord,
  encodeHold,
  encodeLifetime,
  encodeRecord,
  laterRecord,
  type EpochRecord,
  type Hold,
  type Mark,
  type RegisterPort,
} from "@lockstep/core/internals";
import type { SessionCookies } from "../backend/authority.js";
import type { WorldTime } from "./time.js";

/** What scripts keep: three cookies, and the record's copy in `localStorage`. Text, as a browser has it. */
type Slot = "record" | "hold" | "lifetime" | "copy";

interface Write {
  readonly writer: object;
  readonly slot: Slot;
  readonly text: string;
}

export interface CookieJar {
  /** What the network attaches to a request to the session endpoint. */
  refresh(): string | null;
  /** The version cookie. */
  version(): Mark | null;
  /** An answer's `Set-Cookie`. */
  store(cookies: SessionCookies): void;
  /** One tab's view. */
  view(): RegisterPort;
  /** Everything written so far is seen by everybody: what the grant of a lock brings with it. */
  flush(): void;
  clear(what: "cookies" | "storage" | "everything"): void;
  /** Another script of the site writes into our slots. */
  scribble(slot: Slot, text: string): void;
  /** While scripts may not use cookies. */
  blocked: boolean;
  /** Everything a script could read in it. */
  texts(): readonly string[];
}

/** Decodes, and remembers the last text: most looks find what the one before found. */
function remembering<Value>(decode: (text: string) => Value): (text: string) => Value {
  let last: { readonly text: string; readonly value: Value } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, value: decode(text) };
    return last.value;
  };
}

export interface CookieJarOptions {
  readonly time: WorldTime;
  /** How long a script's write takes to show in other tabs. */
  readonly lagMs: () => number;
  /** Whether a tab is told when another's write to `localStorage` shows. */
  readonly isTold: () => boolean;
}

export function createCookieJar({ time, lagMs, isTold }: CookieJarOptions): CookieJar {
  let server: SessionCookies = null;
  const slots: Record<Slot, string> = { record: "", hold: "", lifetime: "", copy: "" };
  let writes: Write[] = [];
  const hearers = new Map<object, () => void>();

  function show({ writer, slot, text }: Write): void {
    slots[slot] = text;
    if (slot !== "copy" || !isTold() || decodeRecord(text)?.status !== "out") return;
    for (const [reader, hear] of hearers) if (reader !== writer) hear();
  }

  /** What one script wrote arrives in the order in which it was written. */
  function land(last: Write): void {
    const index = writes.indexOf(last);
    if (index < 0) return;
    const landed = writes.filter(({ writer }, at) => at <= index && writer === last.writer);
    writes = writes.filter((write) => !landed.includes(write));
    landed.forEach(show);
  }

  function flush(): void {
    writes.splice(0).forEach(show);
  }

  const jar: CookieJar = {
    refresh: () => server?.refresh ?? null,
    version: () => server?.version ?? null,
    store: (cookies) => void (server = cookies),
    flush,
    blocked: false,
    texts: () => [...Object.values(slots), ...writes.map(({ text }) => text)],
    clear(what) {
      flush();
      if (what !== "storage") {
        server = null;
        slots.record = "";
        slots.hold = "";
        slots.lifetime = "";
      }
      if (what !== "cookies") slots.copy = "";
    },
    scribble(slot, text) {
      flush();
      slots[slot] = text;
    },
    view() {
      const writer = {};
      const readRecord = remembering(decodeRecord);
      const readCopy = remembering(decodeRecord);
      const readHold = remembering(decodeHold);
      const readLifetime = remembering(decodeLifetime);
      const textOf = (slot: Slot): string =>
        writes.findLast((write) => write.writer === writer && write.slot === slot)?.text ?? slots[slot];

      function write(slot: Slot, text: string): void {
        const entry = { writer, slot, text };
        writes.push(entry);
        time.inBrowser(lagMs(), () => land(entry));
      }

      /** As the cookie register's: the later of cookie and copy. */
      function record(): EpochRecord | null {
        const inCookie = jar.blocked ? null : readRecord(textOf("record"));
        const inCopy = readCopy(textOf("copy"));
        if (inCookie === null || inCopy === null) return inCookie ?? inCopy;
        return laterRecord(inCookie, inCopy);
      }

      return {
        read: () => ({
          record: record(),
          mark: jar.blocked ? "unreadable" : (server?.version ?? null),
          hold: jar.blocked ? null : readHold(textOf("hold")),
          lifetime: jar.blocked ? null : readLifetime(textOf("lifetime")),
        }),
        writeRecord(next) {
          const text = encodeRecord(next);
          if (!jar.blocked) write("record", text);
          write("copy", text);
        },
        writeHold(hold: Hold | null) {
          if (!jar.blocked) write("hold", hold === null ? "" : encodeHold(hold));
        },
        writeLifetime(lifetime) {
          if (!jar.blocked) write("lifetime", encodeLifetime(lifetime));
        },
        attach(on) {
          hearers.set(writer, on);
          return () => void hearers.delete(writer);
        },
      };
    },
  };
  return jar;
}
