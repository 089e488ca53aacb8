/** The demo's own channel: tabs show each other their cards and inspection events, which have no place for a secret. */
import type { Inspected } from "@lockstep/core";
import type { Figures } from "../backend/figures.ts";
import type { TabCard } from "./tab-card.ts";

/** An inspection event and when it happened, by the wall clock that all tabs of a machine share. */
export interface Happening {
  readonly event: Inspected;
  readonly wall: number;
}

export type TabMessage =
  /** A tab's card, and what happened in it since the last one. */
  | { readonly kind: "card"; readonly card: TabCard; readonly happened: readonly Happening[] }
  /** "I am new: show me your cards." */
  | { readonly kind: "hello" }
  | { readonly kind: "bye"; readonly number: number }
  | { readonly kind: "figures"; readonly figures: Figures }
  /** "Everybody, send an authorised request now." */
  | { readonly kind: "request-now" };

export interface TabTalk {
  /** Tells the other tabs, and this one's own listeners. */
  say(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): void;
}

export function openTabTalk(): TabTalk {
  const channel = new BroadcastChannel("lockstep-demo");
  const listeners: ((message: TabMessage) => void)[] = [];
  const hear = (message: TabMessage): void => {
    for (const listener of listeners) listener(message);
  };
  channel.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => hear(data));
  return {
    say(message) {
      channel.postMessage(message);
      hear(message);
    },
    listen: (listener) => void listeners.push(listener),
  };
}
