/** The channel as the loop sees it: messages decoded, echoes of our own dropped, tokens with the identity read out. */
import type { Event } from "../machine/event.js";
import { decodeMessage, messageVersion, type MessageBody } from "../machine/wire.js";
import type { ChannelPort, Ports } from "./ports.js";

export interface MessageChannel {
  post(body: MessageBody): void;
  close(): void;
}

/** What a message means as an event; `null` for our own, which come back through a second channel object. */
function eventOf(data: unknown, tabId: string, { transport }: Ports): Event | null {
  const message = decodeMessage(data);
  if (typeof message === "string") return { type: "message-ignored", why: message };
  if (message.from === tabId) return null;
  if (message.kind !== "token") return { type: "message-received", message };
  const { sessionId, user, authTime, acr, expiresAt } = message;
  const identity = transport.identify(message.token, { sessionId, user, authTime, acr, expiresAt });
  return identity === null
    ? { type: "message-ignored", why: "malformed" }
    : { type: "message-received", message: { ...message, identity } };
}

export function openMessageChannel(
  tabId: string,
  ports: Ports,
  send: (event: Event) => void,
): MessageChannel {
  let channel: ChannelPort | null = null;
  const fail = (error: unknown): void =>
    send({ type: "port-failed", port: "channel", reason: error instanceof Error ? error.name : "unknown" });
  try {
    channel = ports.openChannel((data) => {
      try {
        const event = eventOf(data, tabId, ports);
        if (event !== null) send(event);
      } catch (error) {
        fail(error);
      }
    });
  } catch (error) {
    fail(error);
  }
  return {
    post(body) {
      try {
        channel?.post({ v: messageVersion, from: tabId, ...body });
      } catch (error) {
        fail(error);
      }
    },
    close: () => channel?.close(),
  };
}
