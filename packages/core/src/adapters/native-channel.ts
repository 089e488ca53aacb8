import type { ChannelPort, Degrade } from "../runtime/ports.js";

/**
 * The channel between tabs. The native one where there is one; else the `broadcast-channel` library, loaded on demand,
 * whose methods write to disk: then no token is ever posted (L5).
 */
export function openChannel(name: string, onMessage: (data: unknown) => void, degrade: Degrade): ChannelPort {
  if (typeof BroadcastChannel === "undefined") {
    degrade("channel", "missing");
    return openFallback(name, onMessage, degrade);
  }
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => onMessage(data));
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}

/** What may be written to disk: of a token message only that there is something to look at. */
function withoutToken(message: unknown): unknown {
  const { v, from, kind, epoch } = message as Record<string, unknown>;
  return kind === "token" ? { v, from, kind: "changed", epoch } : message;
}

/** Stands in while the library loads; what is posted meanwhile is a hint that nobody hears. */
function openFallback(name: string, onMessage: (data: unknown) => void, degrade: Degrade): ChannelPort {
  let channel: ChannelPort | null = null;
  let closed = false;
  import("./fallback-channel.js")
    .then(({ openFallbackChannel }) => {
      if (!closed) channel = openFallbackChannel(name, onMessage);
    })
    .catch(() => degrade("channel", "fallback-failed"));
  return {
    post(message) {
      // Whoever is told of the change looks at the register, and refreshes for itself.
      channel?.post(withoutToken(message));
    },
    close() {
      closed = true;
      channel?.close();
    },
  };
}
