/** One event stream over `fetch`: the library splits it into events, this reads it and says how it ended. */
import { createParser, type EventSourceMessage, type ParseError } from "eventsource-parser";
import { bareOptions } from "../bare-options.js";
import { retryAfterMs } from "../backends/retry-after.js";
import type { News } from "../machine/outcome.js";
import type { Closing } from "./machine.js";
import { readNews } from "./news.js";

/** One event may be so long: ours are a hundred characters. */
const longestEvent = 65_536;

export interface FetchStreamOptions {
  /** The absolute URL of the events. */
  readonly url: string;
  /** On another origin the token speaks for the session, here its cookie does. */
  readonly isSameOrigin: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly wall: () => number;
}

export interface StreamCallbacks {
  opened(): void;
  /** Something came, if only a heartbeat. */
  heard(): void;
  news(news: News): void;
  closed(closing: Closing): void;
}

export interface FetchStream {
  /** Replaces the stream that is open. */
  open(token: string, callbacks: StreamCallbacks): void;
  /** No callback runs afterwards. */
  close(): void;
}

export function createFetchStream(options: FetchStreamOptions): FetchStream {
  const { url, isSameOrigin, fetch, wall } = options;
  let current: AbortController | null = null;
  let lastEventId = "";

  function close(): void {
    current?.abort();
    current = null;
  }

  /** Every member set: a polluted `Object.prototype` reaches the options of `fetch` (R-006, attack B1). */
  function request(token: string, signal: AbortSignal): Promise<Response> {
    const init: RequestInit = {
      method: "GET",
      headers: bareOptions({
        Accept: "text/event-stream",
        "Lockstep-Protocol": "1",
        ...(isSameOrigin ? {} : { Authorization: `Bearer ${token}` }),
        ...(lastEventId === "" ? {} : { "Last-Event-ID": lastEventId }),
      }),
      body: null,
      mode: isSameOrigin ? "same-origin" : "cors",
      credentials: isSameOrigin ? "same-origin" : "include",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "same-origin",
      integrity: "",
      keepalive: false,
      signal,
      window: null,
    };
    return fetch(url, bareOptions(init));
  }

  async function read(
    body: ReadableStream<Uint8Array>,
    isCurrent: () => boolean,
    on: StreamCallbacks,
  ): Promise<void> {
    const parser = createParser(
      bareOptions({
        maxBufferSize: longestEvent,
        onEvent({ event, id, data }: EventSourceMessage) {
          if (!isCurrent()) return;
          if (id !== undefined) lastEventId = id;
          const news = readNews(event, data);
          if (news !== null) on.news(news);
        },
        onError(error: ParseError) {
          // What it does not know, it passes over, as the standard wants. Of this it goes deaf.
          if (error.type === "max-buffer-size-exceeded") throw error;
        },
      }),
    );
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !isCurrent()) return;
      on.heard();
      parser.feed(decoder.decode(value, bareOptions({ stream: true })));
    }
  }

  async function run(token: string, on: StreamCallbacks, own: AbortController): Promise<Closing> {
    const response = await request(token, own.signal);
    const { status, headers, body } = response;
    if (status === 200 && body !== null && isEventStream(headers)) {
      if (current === own) on.opened();
      await read(body, () => current === own, on);
      return { kind: "failed" };
    }
    // Nobody reads it: let go of the connection.
    void body?.cancel().catch(() => undefined);
    if (status === 401) return { kind: "unauthenticated" };
    const isTrouble = status === 408 || status === 425 || status === 429 || status >= 500;
    const wish = retryAfterMs(headers, wall);
    if (isTrouble) return { kind: "failed", ...(wish === undefined ? {} : { retryAfterMs: wish }) };
    return { kind: "unsupported" };
  }

  return {
    close,
    open(token, on) {
      close();
      const own = new AbortController();
      current = own;
      const closed = (closing: Closing): void => {
        if (current !== own) return;
        close();
        on.closed(closing);
      };
      // Offline, CORS, a redirect, a connection that broke, an event beyond all bounds: all the same.
      run(token, on, own).then(closed, () => closed({ kind: "failed" }));
    },
  };
}

function isEventStream(headers: Headers): boolean {
  return /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
}
