/** A user's browser with several tabs of the page, and when each of them was signed out. */
import { expect, type BrowserContext } from "@playwright/test";
import { signIn } from "../support/fixtures.js";
import { openTab, type Tab, type Witness } from "../support/tabs.js";
import type { Service } from "./service.js";
import { patient } from "./waiting.js";

/** A tab was signed out: when, by the clock of this machine, and why. */
export interface SignOut {
  readonly at: number;
  /** Whether the tab was in front. */
  readonly isSeen: boolean;
  readonly reason: string;
}

declare global {
  interface Window {
    signOuts: SignOut[];
  }
}

export interface Device {
  readonly name: string;
  readonly user: string;
  readonly context: BrowserContext;
  /** Those that are open. */
  readonly tabs: readonly Tab[];
  open(): Promise<Tab>;
  close(tab: Tab): Promise<void>;
  /** Signs in, in one tab; resolves when all of them are, and one listens for all. */
  signIn(): Promise<void>;
  /** Resolves when all tabs are signed in, and one listens for all. */
  settle(): Promise<void>;
  /** Of each open tab. */
  signOuts(): Promise<readonly (readonly SignOut[])[]>;
}

function watchSignOuts(): void {
  window.signOuts = [];
  window.session.subscribe((snapshot, previous) => {
    if (snapshot.status === "unauthenticated" && previous.status === "authenticated")
      window.signOuts.push({
        at: Date.now(),
        isSeen: document.visibilityState === "visible",
        reason: snapshot.reason,
      });
  });
}

export async function createDevice(
  { origin, streams }: Service,
  context: BrowserContext,
  { name, user, witness }: { readonly name: string; readonly user: string; readonly witness: Witness },
): Promise<Device> {
  await context.addCookies([{ name: "browser", value: name, url: origin }]);
  const tabs: Tab[] = [];
  let count = 0;

  const statuses = async (): Promise<string> =>
    [...new Set(await Promise.all(tabs.map(async (tab) => tab.status())))].join(", ");

  async function settle(): Promise<void> {
    await expect.poll(statuses, { ...patient, message: name }).toBe(`authenticated as ${user}`);
    await expect
      .poll(() => streams.openOf(name).length, { ...patient, message: `streams of ${name}` })
      .toBe(1);
  }

  return {
    name,
    user,
    context,
    tabs,
    async open() {
      count += 1;
      const place = { context, origin, witness, number: count };
      const tab = await openTab(place, { session: { events: "visible" } });
      await tab.eval(watchSignOuts);
      tabs.push(tab);
      return tab;
    },
    async close(tab) {
      tabs.splice(tabs.indexOf(tab), 1);
      await tab.page.close();
    },
    async signIn() {
      await signIn(tabs[0]!, user);
      await settle();
    },
    settle,
    signOuts: async () => Promise.all(tabs.map(async (tab) => tab.eval(() => window.signOuts))),
  };
}
