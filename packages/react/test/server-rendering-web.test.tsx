/** Where there is no document, as on a server that speaks the standards of the web. */
import type { ReactNode } from "react";
import { renderToReadableStream } from "react-dom/server.browser";
import { describe } from "vitest";
import { itRenders, itWaits } from "./on-a-server.js";
import { expectNoWarnings } from "./page.js";

expectNoWarnings();

async function webStreamed(element: ReactNode): Promise<string> {
  const stream = await renderToReadableStream(element);
  await stream.allReady;
  return new Response(stream).text();
}

describe("renderToReadableStream", () => {
  itRenders(webStreamed);
  itWaits(webStreamed);
});
