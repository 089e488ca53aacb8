/**
 * The messages between tabs: versioned, validated, and never more than a hint. Every message makes its receiver look
 * at the register; only a `token` brings something new, and it is taken only if it fits what the register says.
 */

import { epochs } from "./version.js";

/** The version of this protocol. Tabs of another version are ignored and reported (two SDKs run side by side after every deploy). */
export const messageVersion = 1;

/** Longer tokens are not shared; each tab then refreshes for itself. */
export const maxTokenLength = 65_536;

interface Envelope {
  readonly v: typeof messageVersion;
  /** The sending tab. */
  readonly from: string;
}

/** "Something changed, in this epoch: look at the register." */
export type ChangedMessage = Envelope & { readonly kind: "changed"; readonly epoch: number };

/** "Whoever of `to` has a token (everybody, when `to` is null): I need it." */
export type AskMessage = Envelope & { readonly kind: "ask"; readonly to: readonly string[] | null };

/** "I have none." */
export type NoneMessage = Envelope & { readonly kind: "none"; readonly to: string };

/** The access token. Crosses a native BroadcastChannel only (L5). */
export type TokenMessage = Envelope & {
  readonly kind: "token";
  readonly epoch: number;
  readonly sessionId: string;
  readonly revision: number;
  readonly token: string;
  readonly lifetimeMs: number;
  /** How old the token was when it was sent. */
  readonly ageMs: number;
  /** Wall clock at sending, so that the time a message spent queued in front of a frozen tab counts as age. */
  readonly sentAtWall: number;
  readonly user: unknown;
  readonly authTime: number | null;
  readonly acr: string | null;
  readonly expiresAt: number | null;
};

export type Message = ChangedMessage | AskMessage | NoneMessage | TokenMessage;

/** A message before the loop has put its envelope on. */
export type MessageBody = Message extends infer M
  ? M extends Message
    ? Omit<M, "v" | "from">
    : never
  : never;

/** Own properties only: a structured clone can carry an own `__proto__`, and a polluted prototype is not data. */
function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

const isId = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= 256;
const isAmount = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
/** What the register can carry too: an epoch beyond would be later and not later than one within (RFC 1982 has no such number). */
const isCount = (value: unknown): value is number =>
  isAmount(value) && Number.isInteger(value) && value < epochs;

/** Why a message was left unread. */
export type Unreadable = "other-version" | "malformed";

/** What each member of a token message must be. `user` may be anything; nothing is decided by it. */
const tokenMembers: Readonly<Record<string, (value: unknown) => boolean>> = {
  epoch: isCount,
  sessionId: isId,
  revision: isCount,
  token: (value) => typeof value === "string" && value !== "" && value.length <= maxTokenLength,
  lifetimeMs: isAmount,
  ageMs: isAmount,
  sentAtWall: isAmount,
  authTime: (value) => value === null || isAmount(value),
  acr: (value) => value === null || typeof value === "string",
  expiresAt: (value) => value === null || isAmount(value),
  user: () => true,
};

function decodeToken(from: string, data: object): Message | Unreadable {
  const members: Record<string, unknown> = { v: messageVersion, from, kind: "token" };
  for (const [name, fits] of Object.entries(tokenMembers)) {
    const value = own(data, name);
    if (!fits(value)) return "malformed";
    members[name] = value;
  }
  return members as unknown as TokenMessage;
}

/** Reads what came over the channel. Total: anything at all may come, any same-origin script can post. */
export function decodeMessage(data: unknown): Message | Unreadable {
  if (typeof data !== "object" || data === null) return "malformed";
  const version = own(data, "v");
  if (version !== messageVersion) return typeof version === "number" ? "other-version" : "malformed";
  const from = own(data, "from");
  if (!isId(from)) return "malformed";
  const to = own(data, "to");
  switch (own(data, "kind")) {
    case "changed": {
      const epoch = own(data, "epoch");
      return isCount(epoch) ? { v: messageVersion, from, kind: "changed", epoch } : "malformed";
    }
    case "ask":
      if (to === null) return { v: messageVersion, from, kind: "ask", to };
      return Array.isArray(to) && to.length <= 16 && to.every(isId)
        ? { v: messageVersion, from, kind: "ask", to: [...to] }
        : "malformed";
    case "none":
      return isId(to) ? { v: messageVersion, from, kind: "none", to } : "malformed";
    case "token":
      return decodeToken(from, data);
    default:
      return "malformed";
  }
}
