import { GREETING } from "./wording.js";

/** What may wait for a browser that does not read: far more than it is ever told. */
const BUFFER_BYTES = 4096;

/** One open answer. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Sends a text. Ends the stream of a browser that has stopped reading. */
  say(text: string): void;
  /** Ends the stream; it can be called again. */
  end(): void;
}

/** @param onEnd called once, whichever side ends it */
export function createEventStream(onEnd: () => void): EventStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (created) => {
        controller = created;
        created.enqueue(encoder.encode(GREETING));
      },
      cancel: () => {
        // It was ended, and its last words had not been read yet.
        if (controller === undefined) return;
        controller = undefined;
        onEnd();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
  );

  function end(): void {
    if (controller === undefined) return;
    controller.close();
    controller = undefined;
    onEnd();
  }

  return {
    body,
    end,
    say: (text) => {
      controller?.enqueue(encoder.encode(text));
      if ((controller?.desiredSize ?? 1) <= 0) end();
    },
  };
}
