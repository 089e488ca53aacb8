/** Waiting until the platform has said what it has to say: by asking it something itself, after all that was asked before. */
import type { Realm } from "./realm.js";

/** A grant may lead to another request, and that to another. */
const rounds = 4;

const postAgainMs = 10;

async function task(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve));
}

/** The lock manager answers each document in the order of its questions. */
export async function settleLocks(realms: readonly Realm[]): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(realms.map(({ window }) => window.navigator.locks.query()));
    await task();
  }
}

/** The refresh lock, through all documents, twice: from each to each other. */
export async function handOver(realms: readonly Realm[]): Promise<void> {
  for (const { window } of [...realms, ...realms]) {
    await window.navigator.locks.request("hand-over", async () => undefined);
  }
}

let probes = 0;

/** A message from each document to each other comes after those that were posted before. */
export async function settleChannels(realms: readonly Realm[]): Promise<void> {
  const name = `probe-${(probes += 1)}`;
  const channels = realms.map(({ window }) => new window.BroadcastChannel(name));
  const heard = channels.map(() => new Set<unknown>());
  await new Promise<void>((resolve) => {
    const isDone = (): boolean => heard.every(({ size }) => size === channels.length - 1);
    const post = (): void => {
      for (const [index, channel] of channels.entries()) channel.postMessage(index);
    };
    // A channel that was not known yet when the others posted has to be told again.
    const again = setInterval(post, postAgainMs);
    for (const [index, channel] of channels.entries())
      channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        heard[index]?.add(data);
        if (!isDone()) return;
        clearInterval(again);
        resolve();
      });
    post();
  });
  for (const channel of channels) channel.close();
  await task();
}
