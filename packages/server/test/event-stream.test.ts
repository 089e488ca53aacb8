import { expect, test, vi } from "vitest";

import { createEventStream } from "../src/push/event-stream.js";

test("a stream that both sides end, whichever is first, has ended once", async () => {
  const onEnd = vi.fn<() => void>();
  const ended = createEventStream(onEnd);
  ended.end();
  await ended.body.cancel();
  expect(onEnd).toHaveBeenCalledTimes(1);
  const left = createEventStream(onEnd);
  await left.body.cancel();
  left.end();
  left.say("nobody hears this");
  expect(onEnd).toHaveBeenCalledTimes(2);
});
