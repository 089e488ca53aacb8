/** All tabs of this browser as this tab knows them. */
import type { DemoSession } from "./session.ts";
import { cardAfter, isSameCard, newCard, type TabCard } from "./tab-card.ts";
import { claimTabNumber, liveTabNumbers, type TabNumber } from "./tab-number.ts";
import type { Happening, TabTalk } from "./tab-talk.ts";

/** How soon a tab that crashed, and so said no goodbye, is missed. */
const roundMs = 2_000;

export interface TabList {
  /** This tab. */
  own(): TabCard;
  /** In the order of their numbers. */
  cards(): readonly TabCard[];
  nameOf(id: string): string;
  onChange(listener: () => void): void;
}

/** Puts this tab on the list and keeps the list true. Call it before the session starts, so that no event is missed. */
export async function joinTabList(session: DemoSession, talk: TabTalk): Promise<TabList> {
  const cards = new Map<number, TabCard>();
  const listeners: (() => void)[] = [];
  /** Names outlive their tabs: the time line still mentions them. */
  const names = new Map<string, string>();
  let claimed: TabNumber = await claimTabNumber();
  let own = newCard(claimed.number);

  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  const unsaid: Happening[] = [];
  let isDue = false;

  function show(): void {
    isDue = false;
    const snapshot = session.getSnapshot();
    own = {
      ...own,
      number: claimed.number,
      visible: document.visibilityState === "visible",
      user: snapshot.status === "authenticated" ? snapshot.user.name : null,
    };
    talk.say({ kind: "card", card: own, happened: unsaid.splice(0) });
  }

  /** One message for all that one turn brought; timers would be late in hidden tabs. */
  function showSoon(): void {
    if (isDue) return;
    isDue = true;
    queueMicrotask(show);
  }

  talk.listen((message) => {
    switch (message.kind) {
      case "card": {
        const { card } = message;
        cards.set(card.number, card);
        if (card.id !== "") names.set(card.id, `Tab ${card.number}`);
        return changed();
      }
      case "bye":
        cards.delete(message.number);
        return changed();
      case "hello":
        return showSoon();
      case "figures":
      case "request-now":
    }
  });

  async function missCrashedTabs(): Promise<void> {
    const alive = await liveTabNumbers();
    const missing = [...cards.keys()].filter((number) => !alive.has(number) && number !== claimed.number);
    for (const number of missing) cards.delete(number);
    if (missing.length > 0) changed();
  }

  session.inspect((event) => {
    const wall = Date.now();
    const before = own;
    own = cardAfter(own, event, wall);
    // Most turns only look at something: not worth a message to every tab.
    if (event.type === "transition" && event.event !== "started" && isSameCard(own, before)) return;
    unsaid.push({ event, wall });
    showSoon();
  });
  session.subscribe(showSoon);
  document.addEventListener("visibilitychange", showSoon);
  window.addEventListener("pagehide", () => {
    talk.say({ kind: "bye", number: claimed.number });
    claimed.release();
  });
  async function comeBack(): Promise<void> {
    claimed = await claimTabNumber();
    talk.say({ kind: "hello" });
  }
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) void comeBack();
  });
  setInterval(() => {
    if (document.visibilityState === "visible") void missCrashedTabs();
  }, roundMs);

  talk.say({ kind: "hello" });

  return {
    own: () => own,
    cards: () => [...cards.values()].sort((a, b) => a.number - b.number),
    nameOf: (id) => names.get(id) ?? "a closed tab",
    onChange: (listener) => void listeners.push(listener),
  };
}
