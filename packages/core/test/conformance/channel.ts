/** What the session needs of the channel between tabs. */
import { describe, expect, it } from "vitest";
import type { ChannelPort } from "../../src/runtime/ports.js";

export interface ChannelUnderTest {
  open(onMessage: (data: unknown) => void): ChannelPort;
  settle(): Promise<void>;
}

export function describeChannelConformance(name: string, create: () => ChannelUnderTest): void {
  const two = () => {
    const { open, settle } = create();
    const heard: unknown[][] = [[], [], []];
    const channels = heard.map((log) => open((data) => void log.push(data)));
    const [a, b, c] = channels as [ChannelPort, ChannelPort, ChannelPort];
    const close = (): void => {
      for (const channel of channels) channel.close();
    };
    return { a, b, c, heard, close, settle };
  };

  describe(`R-050: ${name} carries messages to the other tabs`, () => {
    it("all others hear a message, its sender does not", async () => {
      const { a, heard, close, settle } = two();
      a.post({ v: 1, kind: "changed" });
      await settle();
      expect(heard).toEqual([[], [{ v: 1, kind: "changed" }], [{ v: 1, kind: "changed" }]]);
      close();
    });

    it("messages of one tab arrive in their order, and never inside post", async () => {
      const { a, heard, close, settle } = two();
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      for (const number of numbers) a.post(number);
      expect(heard[1]).toEqual([]);
      await settle();
      expect(heard[1]).toEqual(numbers);
      close();
    });

    it("a message is a copy", async () => {
      const { a, heard, close, settle } = two();
      const message = { nested: { text: "before" } };
      a.post(message);
      message.nested.text = "after";
      await settle();
      expect(heard[1]).toEqual([{ nested: { text: "before" } }]);
      close();
    });

    it("a closed tab hears nothing more, closing twice does no harm, the others go on", async () => {
      const { a, b, heard, close, settle } = two();
      b.close();
      b.close();
      a.post("hello");
      await settle();
      expect(heard).toEqual([[], [], ["hello"]]);
      close();
    });

    it("what cannot be cloned is refused to the sender and nobody else", async () => {
      const { a, heard, close, settle } = two();
      expect(() => a.post({ call: () => undefined })).toThrow();
      await settle();
      expect(heard).toEqual([[], [], []]);
      close();
    });
  });
}
