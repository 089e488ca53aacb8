/** Where there is no document, as on a server of Node. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { ReactNode } from "react";
import { renderToPipeableStream, renderToString } from "react-dom/server";
import { describe } from "vitest";
import { itRenders, itWaits } from "./on-a-server.js";
import { expectNoWarnings } from "./page.js";

expectNoWarnings();

async function streamed(element: ReactNode): Promise<string> {
  const { pipe } = await new Promise<ReturnType<typeof renderToPipeableStream>>((resolve, reject) => {
    const stream = renderToPipeableStream(element, {
      onAllReady: () => resolve(stream),
      onError: reject,
    });
  });
  return text(pipe(new PassThrough()));
}

describe("renderToString", () => {
  itRenders(renderToString);
});

describe("renderToPipeableStream", () => {
  itRenders(streamed);
  itWaits(streamed);
});
