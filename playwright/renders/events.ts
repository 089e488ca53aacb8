/** What happens to a session, done to five tabs and counted. */
import type { Counts, FiveTabs } from "./five-tabs.js";
import type { Library } from "./libraries.js";
import type { Service } from "./stubs.js";

/** The different counts that there were, ascending: one, if all components went through the same. */
export interface Renders {
  /** Of the components. */
  readonly renders: readonly number[];
  /** By the framework's own count: the page's commits of React, the updates of each component of Vue. */
  readonly commits: readonly number[];
}

/** What an event cost in the tab where it happened, in the others, and at the server. */
export interface Cost {
  readonly here: Renders;
  readonly elsewhere: Renders;
  readonly requests: readonly string[];
}

export interface Figures {
  /** One tab's turn of `period`. */
  readonly refresh: Cost;
  /** Its interval, or the life of its token, goes by in five tabs. */
  readonly period: Cost;
  readonly focus: Cost;
  readonly signOut: Cost;
  readonly outage: Cost & { readonly during: readonly string[]; readonly after: readonly string[] };
  readonly texts: { readonly before: readonly string[]; readonly signedOut: readonly string[] };
}

/** Of every library here one interval, and no second one. */
const periodMs = 290_000;
const minuteMs = 60_000;

const difference = (after: readonly number[], before: readonly number[] = []): number[] =>
  after.map((count, index) => count - (before[index] ?? 0));

function summary(counts: readonly Counts[]): Renders {
  const distinct = (of: keyof Counts): number[] =>
    [...new Set(counts.flatMap((one) => one[of]))].sort((a, b) => a - b);
  return { renders: distinct("renders"), commits: distinct("commits") };
}

async function costOf(tabs: FiveTabs, happen: () => Promise<void>): Promise<Cost> {
  const before = await tabs.counts();
  const sentBefore = tabs.sent().length;
  await happen();
  const since = (await tabs.counts()).map(({ renders, commits }, tab) => ({
    renders: difference(renders, before[tab]?.renders),
    commits: difference(commits, before[tab]?.commits),
  }));
  return {
    here: summary(since.slice(0, 1)),
    elsewhere: summary(since.slice(1)),
    requests: tabs
      .sent()
      .slice(sentBefore)
      .map(({ method, path, status }) => `${method} ${path} ${status}`),
  };
}

async function refreshes(tabs: FiveTabs, { asks }: Library): Promise<Pick<Figures, "refresh" | "period">> {
  let refresh: Cost | undefined;
  const period = await costOf(tabs, async () => {
    await tabs.pass(periodMs);
    const sentBefore = tabs.sent().length;
    refresh = await costOf(tabs, async () => {
      await tabs.takeTurn(0);
      // The lock and the register come before the request.
      if (asks !== "never") await tabs.waitForAnswer(sentBefore);
    });
    for (const tab of [1, 2, 3, 4]) await tabs.takeTurn(tab);
  });
  return { refresh: refresh as Cost, period };
}

/** The user comes back to the tab, and then everything that is due in any tab happens. */
async function comeBackLater(tabs: FiveTabs, { asks }: Library): Promise<void> {
  const sentBefore = tabs.sent().length;
  await tabs.hideFirst();
  await tabs.pass(periodMs);
  await tabs.showFirst();
  await tabs.settle();
  for (const tab of [0, 1, 2, 3, 4]) await tabs.takeTurn(tab);
  if (asks === "in one tab") await tabs.waitForAnswer(sentBefore);
}

export async function measure(tabs: FiveTabs, service: Service, library: Library): Promise<Figures> {
  await tabs.start(library.id);
  const before = await tabs.texts();
  const { refresh, period } = await refreshes(tabs, library);

  await tabs.start(library.id);
  await tabs.hideFirst();
  await tabs.pass(minuteMs);
  await tabs.settle();
  const focus = await costOf(tabs, async () => {
    await tabs.showFirst();
    await tabs.settle();
  });

  await tabs.start(library.id);
  let during: readonly string[] = [];
  const outage = await costOf(tabs, async () => {
    service.down = true;
    await comeBackLater(tabs, library);
    during = await tabs.texts();
    service.down = false;
    await comeBackLater(tabs, library);
  });
  const after = await tabs.texts();

  await tabs.start(library.id);
  const signOut = await costOf(tabs, async () => tabs.signOut());
  const signedOut = await tabs.texts();

  return {
    refresh,
    period,
    focus,
    signOut,
    outage: { ...outage, during, after },
    texts: { before, signedOut },
  };
}
