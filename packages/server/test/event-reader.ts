import { createParser, type EventSourceMessage } from "eventsource-parser";
import { expect, vi } from "vitest";

import { type Browser, request, type World } from "./world.js";

/** An event stream as a client reads it. */
export interface EventReader {
  readonly response: Response;
  readonly events: readonly (Pick<EventSourceMessage, "event" | "id"> & { readonly data: unknown })[];
  readonly comments: readonly string[];
  readonly isOver: () => boolean;
  /** Resolves when the server has ended the stream. */
  readonly over: () => Promise<void>;
  /** Resolves when there are so many events. */
  readonly until: (count: number) => Promise<void>;
  readonly leave: () => Promise<void>;
}

/** Opens the stream of a browser, or that of whoever sends these headers. */
export async function listen(
  world: World,
  browser: Browser,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<EventReader> {
  return read(
    await world.server.handler(
      request("/session/events", { method: "GET", jar: browser.jar, headers: { origin: null, ...headers } }),
    ),
  );
}

/** Reads an answer to its end, in the background. */
export function read(response: Response): EventReader {
  const events: Array<EventReader["events"][number]> = [];
  const comments: string[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => void events.push({ event, id, data: JSON.parse(data) }),
    onComment: (comment) => void comments.push(comment),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let isOver = false;
  const reading = (async () => {
    for (;;) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) break;
      parser.feed(chunk.value);
    }
    isOver = true;
  })();
  return {
    response,
    events,
    comments,
    isOver: () => isOver,
    over: () => reading,
    until: (count) => vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(count), 5000),
    leave: async () => reader?.cancel(),
  };
}
