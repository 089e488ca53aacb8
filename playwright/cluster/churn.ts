/** Tabs that are closed, opened and brought to the front at random, and how many event streams there are meanwhile. */
import type { Device } from "./device.js";
import type { Service } from "./service.js";
import { pause } from "./waiting.js";

export interface ChurnFigures {
  readonly opened: number;
  readonly closed: number;
  /** By what the server processes had open whenever they were asked: how often no, one, two … streams of a browser. */
  readonly samples: Readonly<Record<number, number>>;
  /** By what happened. */
  readonly mostAtOnce: number;
  readonly streams: number;
  /** How long two were open, each time that happened, in milliseconds. */
  readonly overlapsMs: readonly number[];
  /** How long none was open after the tab in front was closed, or another came to the front. */
  readonly handOversMs: readonly number[];
  /** The same, where a tab was opened meanwhile: it is in front while its page is still on its way. */
  readonly openingsMs: readonly number[];
}

interface Deed {
  readonly browser: string;
  readonly from: number;
  readonly to: number;
}

const mostTabs = 6;
const samplePauseMs = 250;

/** A pause between two deeds of a user, in milliseconds. */
const pauseMs = (): number => 200 + Math.random() * 1_000;

async function openStreams({ processes }: Service): Promise<readonly string[]> {
  const lists = await Promise.all(
    processes().map(
      async ({ address }) => (await fetch(`${address}/desk/streams`)).json() as Promise<string[]>,
    ),
  );
  return lists.flat();
}

export async function churn(
  service: Service,
  devices: readonly Device[],
  durationMs: number,
): Promise<ChurnFigures> {
  const from = Date.now();
  const isOver = (): boolean => Date.now() - from >= durationMs;
  const samples: Record<number, number> = {};
  const openings: Deed[] = [];
  let closed = 0;

  async function use(device: Device): Promise<void> {
    while (!isOver()) {
      const { tabs } = device;
      const any = tabs[Math.floor(Math.random() * tabs.length)]!;
      const roll = Math.random();
      if (tabs.length < mostTabs && (tabs.length === 1 || roll < 0.4)) {
        const begin = Date.now();
        await device.open();
        openings.push({ browser: device.name, from: begin, to: Date.now() });
      } else if (roll < 0.8 && tabs.length > 1) {
        await device.close(any);
        closed += 1;
        // Whichever the browser would choose: somebody looks at one of them.
        await tabs[Math.floor(Math.random() * tabs.length)]!.page.bringToFront();
      } else await any.page.bringToFront();
      await pause(pauseMs());
    }
  }

  async function sample(): Promise<void> {
    while (!isOver()) {
      const open = await openStreams(service);
      for (const { name } of devices) {
        const count = open.filter((browser) => browser === name).length;
        samples[count] = (samples[count] ?? 0) + 1;
      }
      await pause(samplePauseMs);
    }
  }

  await Promise.all([...devices.map(use), sample()]);
  const to = Date.now();
  const figures = devices.map(({ name }) => ({ name, ...service.streams.figures(name, from, to) }));
  const gaps = figures.flatMap(({ name, gaps }) =>
    gaps.map((gap) => ({
      ms: gap.to - gap.from,
      isOpening: openings.some((deed) => deed.browser === name && deed.from <= gap.to && deed.to >= gap.from),
    })),
  );
  return {
    opened: openings.length,
    closed,
    samples,
    mostAtOnce: Math.max(...figures.map(({ mostAtOnce }) => mostAtOnce)),
    streams: figures.reduce((sum, { streams }) => sum + streams, 0),
    overlapsMs: figures.flatMap(({ overlapsMs }) => overlapsMs),
    handOversMs: gaps.filter(({ isOpening }) => !isOpening).map(({ ms }) => ms),
    openingsMs: gaps.filter(({ isOpening }) => isOpening).map(({ ms }) => ms),
  };
}
