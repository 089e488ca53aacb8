/** Tabs that listen to the server, whether they are seen, and how a stream passes from one to another. */
import type { Backend } from "./backend.js";
import { expect, test, type Profile } from "./fixtures.js";
import type { StreamRecord } from "./streams.js";
import type { Tab, TabOptions } from "./tabs.js";

/** Of the places in the queue for the stream that the browser knows of. */
export interface Queue {
  readonly held: number;
  readonly pending: number;
}

/** Lets the test say whether this tab is seen. Runs in the page before anything else. */
const hideable = (): void => {
  Object.defineProperty(Document.prototype, "visibilityState", {
    get: () => ((window as unknown as { hiddenNow?: boolean }).hiddenNow === true ? "hidden" : "visible"),
  });
};

export const listening = { session: { events: "visible" }, before: hideable } as const satisfies TabOptions;

/** Also while no tab is seen. */
export const alwaysListening = { ...listening, session: { events: "always" } } as const satisfies TabOptions;

/** Without a word of ours: whether the tab is seen is for the browser to say. */
export const reallyListening = (events: "visible" | "always"): TabOptions => ({ session: { events } });

export async function show({ page }: Tab, visible: boolean): Promise<void> {
  await page.evaluate((visible) => {
    Object.assign(window, { hiddenNow: !visible });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visible);
}

export function queueOf({ page }: Tab): Promise<Queue> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    const count = (locks: readonly LockInfo[]): number =>
      locks.filter(({ name }) => name === "lockstep:events").length;
    return { held: count(held), pending: count(pending) };
  });
}

/** Waits until so many tabs are in the queue: the first of them listens, or may. */
export async function expectQueue(tab: Tab, count: number): Promise<void> {
  const queue = { held: Math.min(count, 1), pending: Math.max(count - 1, 0) };
  await expect.poll(() => queueOf(tab), { intervals: [50] }).toEqual(queue);
}

/** Those that are open now; only those of these tabs, if any are named. */
export function openStreams({ streams }: Backend, tabs?: readonly Tab[]): readonly StreamRecord[] {
  const numbers = tabs?.map(({ number }) => number);
  return streams.filter(
    ({ endedAt, request }) => endedAt === null && (numbers?.includes(request.tab ?? -1) ?? true),
  );
}

/** So many tabs of a profile in which ann has signed in, all of them in the queue and one of them listening. */
export async function openListening(
  backend: Backend,
  profile: Profile,
  count = 5,
  options: TabOptions = listening,
): Promise<Tab[]> {
  const tabs = [await profile.openSignedIn("ann", options), ...(await profile.openTabs(count - 1, options))];
  for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
  await expectQueue(tabs[0] as Tab, count);
  await expect.poll(() => openStreams(backend, tabs)).toHaveLength(1);
  return tabs;
}

/** The one whose stream is open. */
export function holderOf(backend: Backend, tabs: readonly Tab[]): Tab {
  const [stream] = openStreams(backend, tabs);
  const holder = tabs.find(({ number }) => number === stream?.request.tab);
  if (holder === undefined) throw new Error("None of these tabs has a stream.");
  return holder;
}

/** A figure of this run, for who reads its report. */
export function report(what: string, ms: number): void {
  test.info().annotations.push({ type: what, description: `${ms} ms` });
}

/** For how long two streams were open at once, of the pair for which it was longest. */
export function longestOverlapMs(streams: readonly StreamRecord[]): number {
  const overlaps = streams.flatMap((one, index) =>
    streams
      .slice(index + 1)
      .map(
        (other) =>
          Math.min(one.endedAt ?? Date.now(), other.endedAt ?? Date.now()) -
          Math.max(one.openedAt, other.openedAt),
      ),
  );
  return Math.max(0, ...overlaps);
}

/**
 * A second is promised. Here the pages share two cores with their browser and their server, so there is more; what nobody
 * hands over takes far longer: forty seconds of silence, or ten minutes of a page that is kept.
 */
export const handOverLimitMs = 5_000;

/**
 * So long the server may see two streams of a browser, though one tab listens: it notices the end of the one after the begin of the
 * other, and Chromium drains an answer that is given up in the very moment of its headers for five seconds, in the hope of using
 * the connection again (`HttpResponseBodyDrainer`). Two tabs that listen go on doing so.
 */
export const overlapLimitMs = 6_000;

/**
 * Does something to the tab that listens, and waits until another one does.
 *
 * Firefox breaks a page's requests off when a navigation begins: until it is really left, the page may have asked once more.
 *
 * @returns the stream of the other
 */
export async function expectHandOver(backend: Backend, act: () => Promise<unknown>): Promise<StreamRecord> {
  const [before] = openStreams(backend);
  if (before === undefined) throw new Error("No stream is open.");
  const holder = before.request.tab;
  const actedAt = Date.now();
  await act();
  const isHandedOver = (): boolean => {
    const [only, ...more] = openStreams(backend);
    return only !== undefined && only.request.tab !== holder && more.length === 0;
  };
  await expect.poll(isHandedOver, { intervals: [20], message: "another tab has the only stream" }).toBe(true);
  const [after] = openStreams(backend) as [StreamRecord];
  const own = backend.streams.filter(({ request }) => request.tab === holder);
  const gapMs = after.openedAt - Math.max(...own.map(({ endedAt }) => endedAt ?? Infinity));
  report("from the end of the one stream to the next", gapMs);
  report("from the test's command to the next stream", after.openedAt - actedAt);
  expect(gapMs).toBeLessThan(handOverLimitMs);
  expect(longestOverlapMs(backend.streams), "never two, beyond a moment").toBeLessThan(overlapLimitMs);
  return after;
}
