/** Trouble on purpose: a token that expires early, a network that fails, many tabs. */
import { element, onClick } from "./elements.ts";
import type { ServerFigures } from "./server-figures.ts";
import type { DemoSession } from "./session.ts";
import type { TabList } from "./tab-list.ts";
import type { TabTalk } from "./tab-talk.ts";

/** Tabs that were opened have joined by then, unless the browser blocked them. */
const openingMs = 4_000;

/**
 * A refused token is replaced once it is that old, or half of its lifetime: a younger one would be no cure, and the
 * session does not try (at most one refresh per window). The demo waits for it, so that the click shows what it promises.
 */
const refusalWindowMs = 10_000;

interface TroubleOptions {
  readonly session: DemoSession;
  readonly talk: TabTalk;
  readonly tabs: TabList;
  readonly figures: ServerFigures;
  readonly announce: (text: string) => void;
}

export function showTroublePanel({ session, talk, tabs, figures, announce }: TroubleOptions): void {
  const expire = element("#expire-token", HTMLButtonElement);

  /** How long until a refused token would be replaced. */
  function untilReplaceableMs(): number {
    const lifetimeMs = figures.read()?.lifetimeMs ?? 0;
    const windowMs = Math.min(refusalWindowMs, lifetimeMs / 2);
    return Math.max(0, tabs.own().bornAtWall + windowMs - Date.now());
  }

  async function oldEnough(): Promise<void> {
    for (let waitMs = untilReplaceableMs(); waitMs > 0; waitMs = untilReplaceableMs()) {
      announce(
        `The token is too young to be replaced. It will be expired in ${Math.ceil(waitMs / 1_000)} s.`,
      );
      await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, 1_000)));
    }
  }

  async function expireToken(): Promise<void> {
    if (session.getSnapshot().status !== "authenticated") return announce("Sign in first.");
    expire.disabled = true;
    try {
      await session.getAccessToken();
      await oldEnough();
      await session.fetch("/api/expire-token", { method: "POST" });
      announce("The token is refused from now on, and every tab sends a request: one of them refreshes.");
      talk.say({ kind: "request-now" });
    } finally {
      expire.disabled = false;
    }
  }
  onClick(expire, expireToken, () => announce("The server could not be told."));

  function openTabs(count: number): void {
    const before = tabs.cards().length;
    for (let opened = 0; opened < count; opened += 1) window.open("/", "_blank", "noopener");
    setTimeout(() => {
      if (tabs.cards().length < before + count)
        announce("The browser blocked some of the tabs. Allow pop-ups for this page, or open them yourself.");
    }, openingMs);
  }
  for (const count of [1, 5])
    element(`#open-${count}`, HTMLButtonElement).addEventListener("click", () => openTabs(count));

  const network = element("#network", HTMLFieldSetElement);
  network.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    fetch("/demo/network", { method: "POST", body: event.target.value }).catch(() =>
      announce("The demo's server cannot be reached."),
    );
  });
  figures.onChange((now) => {
    element(`input[value="${now.network}"]`, HTMLInputElement, network).checked = true;
  });
}
