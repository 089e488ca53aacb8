import { createMemoryChannel, settle } from "@lockstep/testing";
import { describe, expect, it } from "vitest";

describe("the channel in memory, beyond what its port promises", () => {
  it("deliver is asked once for each receiver of each message, and decides when it arrives", async () => {
    const waiting: { readonly run: () => void; readonly message: unknown }[] = [];
    const channel = createMemoryChannel({ deliver: (run, message) => void waiting.push({ run, message }) });
    const heard: string[] = [];
    const a = channel.open(() => void heard.push("a"));
    channel.open((data) => void heard.push(`b ${String(data)}`));
    channel.open((data) => void heard.push(`c ${String(data)}`));
    a.post(1);
    a.post(2);
    await settle();
    expect([heard, waiting.map(({ message }) => message)]).toEqual([[], [1, 1, 2, 2]]);
    // Dropped, reordered, doubled.
    for (const index of [3, 2, 1, 1]) waiting[index]?.run();
    expect(heard).toEqual(["c 2", "b 2", "c 1", "c 1"]);
  });

  it("a message that is still on its way does not reach a channel that was closed, or opened, meanwhile", () => {
    const waiting: (() => void)[] = [];
    const channel = createMemoryChannel({ deliver: (run) => void waiting.push(run) });
    const heard: string[] = [];
    const a = channel.open(() => undefined);
    const b = channel.open(() => void heard.push("b"));
    a.post("hello");
    b.close();
    channel.open(() => void heard.push("late"));
    for (const run of waiting) run();
    expect(heard).toEqual([]);
  });

  it("onPost sees a copy of everything that is posted, forged messages too; the channel keeps none", () => {
    const posted: unknown[] = [];
    const channel = createMemoryChannel({ onPost: (message) => void posted.push(message) });
    const message = { text: "before" };
    channel.open(() => undefined).post(message);
    message.text = "after";
    channel.forge("forged");
    expect(posted).toEqual([{ text: "before" }, "forged"]);
    expect(JSON.stringify(channel)).not.toContain("before");
  });

  it("what a listener throws is kept, up to a hundred, and the others hear the message", async () => {
    const channel = createMemoryChannel();
    let heard = 0;
    channel.open(() => {
      throw new Error("the page's own mistake");
    });
    channel.open(() => (heard += 1));
    for (let count = 0; count < 150; count += 1) channel.forge(count);
    await settle();
    expect([heard, channel.uncaught.length]).toEqual([150, 100]);
    expect(channel.uncaught[0]).toEqual(new Error("the page's own mistake"));
  });

  it("two channels with one listener are two", async () => {
    const channel = createMemoryChannel();
    let heard = 0;
    const listener = (): void => void (heard += 1);
    const [a] = [channel.open(listener), channel.open(listener)];
    channel.forge("to both");
    await settle();
    a.close();
    channel.forge("to the other");
    await settle();
    expect(heard).toBe(3);
  });

  it("a closed channel posts nothing", () => {
    const channel = createMemoryChannel();
    const a = channel.open(() => undefined);
    a.close();
    expect(() => a.post("late")).toThrow("closed");
  });
});
