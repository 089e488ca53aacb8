/** The event streams of one server, as its own side sees them: when each was opened, what it said, and when it was over. */
import type { RequestRecord } from "./backend.js";

export interface StreamRecord {
  readonly request: RequestRecord;
  readonly openedAt: number;
  /** `null` while it is open. Whichever side ends it: the server sees the browser hang up. */
  readonly endedAt: number | null;
  /** Everything so far, heartbeats too. */
  readonly said: string;
  /** Ends it from the server's side, as a proxy does that has had enough. */
  end(): void;
}

/** Passes a stream on, and writes down what becomes of it. */
export function followStream(answer: Response, request: RequestRecord, records: StreamRecord[]): Response {
  const { body, headers } = answer;
  if (body === null || headers.get("content-type") !== "text/event-stream") return answer;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const record = { request, openedAt: Date.now(), endedAt: null as number | null, said: "", end };
  records.push(record);
  const over = (): void => void (record.endedAt ??= Date.now());
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  function end(): void {
    if (record.endedAt !== null) return;
    over();
    controller?.close();
    void reader.cancel();
  }

  const followed = new ReadableStream<Uint8Array>({
    start: (created) => void (controller = created),
    async pull(passing) {
      const { done, value } = await reader.read();
      if (record.endedAt !== null) return;
      if (done) {
        over();
        passing.close();
        return;
      }
      record.said += decoder.decode(value, { stream: true });
      passing.enqueue(value);
    },
    cancel(reason) {
      over();
      return reader.cancel(reason);
    },
  });
  return new Response(followed, answer);
}
