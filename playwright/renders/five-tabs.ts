/** Five tabs with the page of one library, and what is counted in them. */
import { expect, type BrowserContext, type Page } from "@playwright/test";
import type { Backend } from "../support/backend.js";
import type { Service } from "./stubs.js";

/** What happened in one tab: how often each component was rendered, by either way of counting. */
export interface Counts {
  readonly renders: readonly number[];
  readonly commits: readonly number[];
}

export interface FiveTabs {
  /** Loads the page in all tabs. Somebody is signed in, the first tab is in front, and nothing is under way. */
  start(application: string): Promise<void>;
  /** The clocks of all tabs move on. */
  pass(ms: number): Promise<void>;
  /** What is due in a tab by its clock, happens; and all that follows from it. */
  takeTurn(tab: number): Promise<void>;
  /** Another page comes to the front. */
  hideFirst(): Promise<void>;
  showFirst(): Promise<void>;
  /** Signs out in the first tab; resolves when all of them show that. */
  signOut(): Promise<void>;
  /** Resolves when nothing is under way: not in a tab, not between them, not at the server. */
  settle(): Promise<void>;
  /** Resolves when more than `before` requests have been sent and answered, and what follows from it has happened. */
  waitForAnswer(before: number): Promise<void>;
  /** What the components of all tabs show, each text once. */
  texts(): Promise<readonly string[]>;
  /** The requests to session endpoints since the start. */
  sent(): Backend["requests"];
  counts(): Promise<readonly Counts[]>;
}

const isCounted = ({ path }: Backend["requests"][number]): boolean => /^\/(?:session|api\/auth)\//.test(path);

/** Asked from outside, and what is due is fired: in a tab that is hidden for long, timers run once a minute. */
async function until<Argument>(
  page: Page,
  isSo: (argument: Argument) => boolean,
  argument: Argument,
): Promise<void> {
  const ask = async (): Promise<boolean> => {
    await page.evaluate(() => {
      if ("measured" in window) window.measured.fireDue(false);
    });
    return page.evaluate<boolean, unknown>(isSo as (argument: unknown) => boolean, argument);
  };
  await expect.poll(ask, { intervals: [20], timeout: 60_000 }).toBe(true);
}

async function untilServer(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { intervals: [20], timeout: 60_000 }).toBe(true);
}

export async function openFiveTabs(
  context: BrowserContext,
  backend: Backend,
  service: Service,
): Promise<FiveTabs> {
  const elsewhere = await context.newPage();
  const pages: Page[] = [];
  for (let tab = 0; tab < 5; tab += 1) pages.push(await context.newPage());
  const first = pages[0] as Page;
  let clockMs = 0;
  let marks = 0;
  let requestsBefore = 0;

  const everywhere = async <Result>(run: (page: Page) => Promise<Result>): Promise<Result[]> =>
    Promise.all(pages.map(run));
  const sent: FiveTabs["sent"] = () => backend.requests.filter(isCounted).slice(requestsBefore);
  const counts: FiveTabs["counts"] = () =>
    everywhere(async (page) =>
      page.evaluate(() => ({ renders: [...window.measured.renders], commits: [...window.measured.commits] })),
    );
  const pass: FiveTabs["pass"] = async (ms) => {
    clockMs += ms;
    await everywhere(async (page) => page.evaluate((ms) => window.measured.jump(ms), ms));
  };
  const fireDue = async (page: Page, isItsTurn: boolean): Promise<void> =>
    page.evaluate((isItsTurn) => window.measured.fireDue(isItsTurn), isItsTurn);

  /** A message from each tab to each other: all that was sent before has arrived with it. */
  async function hearEachOther(): Promise<void> {
    marks += 1;
    const names = pages.map((_, tab) => `${marks}.${tab}`);
    await Promise.all(
      pages.map(async (page, tab) => page.evaluate((name) => window.measured.mark(name), names[tab] ?? "")),
    );
    await Promise.all(
      pages.map(async (page, tab) =>
        until(
          page,
          (names) =>
            names.every(
              (name) =>
                window.measured.heard.has(`channel ${name}`) && window.measured.heard.has(`storage ${name}`),
            ),
          names.filter((_, other) => other !== tab),
        ),
      ),
    );
  }

  /** All that was sent has reached the server, and its answers the pages. */
  async function landAll(): Promise<void> {
    await everywhere(async (page) =>
      until(page, () => window.measured.requests.sent === window.measured.requests.answered, null),
    );
    const sums = await everywhere(async (page) => page.evaluate(() => window.measured.requests.sent));
    const expected = sums.reduce((sum, one) => sum + one, 0);
    // A beacon has no answer: that it is there by now is for the server to say.
    await untilServer(() => sent().length >= expected);
  }

  async function settle(): Promise<void> {
    let before = "";
    for (;;) {
      await landAll();
      // A second later: what a library does a moment after something, it has done by then.
      await pass(1_000);
      await everywhere(async (page) => fireDue(page, false));
      await hearEachOther();
      await landAll();
      const now = JSON.stringify([sent().length, await counts()]);
      if (now === before) return;
      before = now;
    }
  }

  async function load(application: string): Promise<void> {
    await everywhere(async (page) => {
      await page.goto(`${backend.origin}/page?application=${application}&clock=${clockMs}`);
      await until(
        page,
        () => "measured" in window && !window.measured.texts().includes("One moment …"),
        null,
      );
    });
  }

  async function showFirst(): Promise<void> {
    await first.bringToFront();
    await until(first, () => document.visibilityState === "visible", null);
  }

  return {
    async start(application) {
      Object.assign(service, { signedIn: true, down: false });
      await showFirst();
      requestsBefore = backend.requests.filter(isCounted).length;
      await load(application);
      const isSignedIn = await first.evaluate(() => window.measured.texts().join() !== "Signed out");
      if (!isSignedIn) {
        await first.evaluate(async () => void (await window.measured.application.signIn?.()));
        await settle();
        requestsBefore = backend.requests.filter(isCounted).length;
        await load(application);
      }
      await settle();
    },
    pass,
    async takeTurn(tab) {
      await fireDue(pages[tab] as Page, true);
      await settle();
    },
    async hideFirst() {
      await elsewhere.bringToFront();
      await until(first, () => document.visibilityState === "hidden", null);
    },
    showFirst,
    async signOut() {
      await first.evaluate(async () => void (await window.measured.application.signOut()));
      await everywhere(async (page) =>
        until(page, () => window.measured.texts().join() === "Signed out", null),
      );
      await settle();
    },
    settle,
    async waitForAnswer(before) {
      await untilServer(() => sent().length > before);
      await settle();
    },
    texts: async () => [
      ...new Set((await everywhere(async (page) => page.evaluate(() => window.measured.texts()))).flat()),
    ],
    sent,
    counts,
  };
}
