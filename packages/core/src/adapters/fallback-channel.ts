import { BroadcastChannel } from "broadcast-channel";
import type { ChannelPort } from "../runtime/ports.js";

/** The `broadcast-channel` library as a channel. `null` from a build that leaves the library out. */
export function openFallbackChannel(name: string, onMessage: (data: unknown) => void): ChannelPort | null {
  const channel = new BroadcastChannel<unknown>(name, { webWorkerSupport: false });
  channel.addEventListener("message", onMessage);
  // A message that could not be posted is a message that was lost: the others re-read the register on their own.
  const ignore = (): undefined => undefined;
  return {
    post: (message) => void channel.postMessage(message).catch(ignore),
    close: () => void channel.close().catch(ignore),
  };
}
