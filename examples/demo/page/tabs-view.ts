/** The tabs as cards: what each is doing, and how old its token is. */
import { element, fromTemplate, setText } from "./elements.ts";
import type { ServerFigures } from "./server-figures.ts";
import type { TabActivity, TabCard } from "./tab-card.ts";
import type { TabList } from "./tab-list.ts";

const activityWords: Readonly<Record<TabActivity, string>> = {
  starting: "Starting",
  holding: "Holds a token",
  asking: "Asks its siblings",
  queued: "Waits for the lock",
  awaiting: "Holds the lock, waits for a lost answer",
  refreshing: "Refreshes for all tabs",
  "backing-off": "Pauses, then tries again",
  "put-off": "Refresh put off while hidden",
  "signing-in": "Signs in",
  "signing-out": "Tells the server",
  "signed-out": "Signed out",
  away: "Asleep",
};

const calm = matchMedia("(prefers-reduced-motion: reduce)");

function detailOf(card: TabCard, tabs: TabList): string {
  const { acquired, activity, pausedUntilWall } = card;
  if (activity === "backing-off") {
    const left = Math.max(0, Math.ceil((pausedUntilWall - Date.now()) / 1_000));
    return `next try in ${left} s`;
  }
  if (card.revision < 0 || acquired === null) return "no token";
  switch (acquired.how) {
    case "adopted":
      return `adopted from ${tabs.nameOf(acquired.from ?? "")}`;
    case "refreshed":
      return "refreshed it";
    case "signed-in":
      return "signed in";
  }
}

/** Lets the bar drain by itself, from the token's age on; one that may not move is set once a second. */
function showAge(bar: HTMLElement, card: TabCard, lifetimeMs: number): void {
  const ageMs = Date.now() - card.bornAtWall;
  const left = card.revision < 0 ? 0 : Math.max(0, 1 - ageMs / lifetimeMs);
  if (calm.matches || left === 0) {
    bar.getAnimations().forEach((animation) => animation.cancel());
    bar.style.transform = `scaleX(${left})`;
    return;
  }
  const key = `${card.bornAtWall}/${lifetimeMs}`;
  if (bar.dataset["drains"] === key && bar.getAnimations().length > 0) return;
  bar.dataset["drains"] = key;
  bar.getAnimations().forEach((animation) => animation.cancel());
  const frames = [{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }];
  bar.animate(frames, { duration: lifetimeMs, fill: "forwards" }).currentTime = ageMs;
}

export function showTabs(tabs: TabList, figures: ServerFigures): void {
  const list = element("#tabs", HTMLUListElement);
  const count = element("#tab-count", HTMLElement);
  const shown = new Map<number, HTMLElement>();

  function place(number: number): HTMLElement {
    const existing = shown.get(number);
    if (existing !== undefined) return existing;
    const item = fromTemplate("#tab-template");
    const next = [...shown.keys()].filter((other) => other > number).sort((a, b) => a - b)[0];
    list.insertBefore(item, next === undefined ? null : (shown.get(next) ?? null));
    shown.set(number, item);
    return item;
  }

  function showCard(card: TabCard): void {
    const item = place(card.number);
    const isOwn = card.number === tabs.own().number;
    item.dataset["activity"] = card.activity;
    item.dataset["how"] = card.revision < 0 ? "none" : (card.acquired?.how ?? "none");
    item.toggleAttribute("data-own", isOwn);
    item.toggleAttribute("data-hidden", !card.visible);
    setText(element(".tab-name", HTMLElement, item), `Tab ${card.number}`);
    setText(element(".tab-note", HTMLElement, item), isOwn ? "this tab" : card.visible ? "" : "hidden");
    setText(element(".tab-user", HTMLElement, item), card.user ?? "");
    setText(element(".tab-activity", HTMLElement, item), activityWords[card.activity]);
    setText(element(".tab-detail", HTMLElement, item), detailOf(card, tabs));
    const lifetimeMs = figures.read()?.lifetimeMs ?? 60_000;
    const expired = Date.now() - card.bornAtWall > lifetimeMs ? ", expired" : "";
    const token = card.revision < 0 ? "" : `token ${card.revision}${expired}`;
    setText(element(".tab-revision", HTMLElement, item), token);
    showAge(element(".tab-bar", HTMLElement, item), card, lifetimeMs);
  }

  function show(): void {
    const cards = tabs.cards();
    const numbers = new Set(cards.map(({ number }) => number));
    for (const [number, item] of shown) {
      if (numbers.has(number)) continue;
      item.remove();
      shown.delete(number);
    }
    cards.forEach(showCard);
    setText(count, cards.length === 1 ? "1 tab" : `${cards.length} tabs`);
  }

  let isDue = false;
  /** Many events come in one turn; hidden pages draw nothing at all. */
  function showSoon(): void {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      show();
    });
  }

  tabs.onChange(showSoon);
  figures.onChange(showSoon);
  setInterval(showSoon, 1_000);
  showSoon();
}
