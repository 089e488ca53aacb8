/** What the session needs of the channel between tabs. */
import type { ChannelPort } from "@lockstep/core/internals";
import { equal, throws } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface ChannelUnderTest extends Closable {
  /** In another tab each time. */
  open(onMessage: (data: unknown) => void): ChannelPort;
  /** Waits until everything that was posted has arrived, and every open channel is known to the others. */
  settle(): Promise<void>;
}

function threeTabs({ open, settle, close }: ChannelUnderTest) {
  const heard: Readonly<Record<"a" | "b" | "c", unknown[]>> = { a: [], b: [], c: [] };
  const a = open((data) => void heard.a.push(data));
  const b = open((data) => void heard.b.push(data));
  const c = open((data) => void heard.c.push(data));
  return {
    a,
    b,
    heard,
    settle,
    async close() {
      for (const channel of [a, b, c]) channel.close();
      await close?.();
    },
  };
}

export function channelConformance(create: () => ChannelUnderTest): readonly ConformanceCase[] {
  return casesOf("R-050, messages between tabs", () => threeTabs(create()), {
    "all others hear a message, its sender does not": async ({ a, heard, settle }) => {
      await settle();
      a.post({ v: 1, kind: "changed" });
      await settle();
      const message = { v: 1, kind: "changed" };
      equal(heard, { a: [], b: [message], c: [message] }, "what was heard");
    },

    "messages of one tab arrive in their order, and never inside post": async ({ a, heard, settle }) => {
      await settle();
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      for (const number of numbers) a.post(number);
      equal(heard.b, [], "what was heard before post returned");
      await settle();
      equal(heard.b, numbers, "what was heard");
    },

    "a message is a copy": async ({ a, heard, settle }) => {
      await settle();
      const message = { nested: { text: "before" } };
      a.post(message);
      message.nested.text = "after";
      await settle();
      equal(heard.b, [{ nested: { text: "before" } }], "what was heard");
    },

    "a closed tab hears nothing more, closing twice does no harm, the others go on": async ({
      a,
      b,
      heard,
      settle,
    }) => {
      await settle();
      b.close();
      b.close();
      a.post("hello");
      await settle();
      equal(heard, { a: [], b: [], c: ["hello"] }, "what was heard");
    },

    "what cannot be cloned is refused to the sender and nobody else": async ({ a, heard, settle }) => {
      await settle();
      throws(() => a.post({ call: () => undefined }), "a message with a function in it");
      await settle();
      equal(heard, { a: [], b: [], c: [] }, "what was heard");
    },
  });
}
