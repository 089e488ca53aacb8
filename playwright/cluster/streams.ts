/** The event streams of all browsers at all server processes, from the first to the last moment of each. */

export interface StreamRecord {
  readonly browser: string;
  readonly process: number;
  readonly openedAt: number;
  /** `null` while it is open. */
  closedAt: number | null;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How many streams a browser had at once, and for how long it had none. */
export interface StreamFigures {
  readonly streams: number;
  readonly mostAtOnce: number;
  /** How long two were open, each time that happened, in milliseconds. */
  readonly overlapsMs: readonly number[];
  /** When none was open, up to the next. */
  readonly gaps: readonly Span[];
}

export interface StreamBook {
  opened(browser: string, process: number, stream: number, at: number): void;
  closed(process: number, stream: number, at: number): void;
  /** The process was killed: nothing of it is left. */
  died(process: number, at: number): void;
  openOf(browser: string): readonly StreamRecord[];
  /** What happened in a span of time. */
  figures(browser: string, from: number, to: number): StreamFigures;
}

export function createStreamBook(): StreamBook {
  const records = new Map<string, StreamRecord>();
  const of = (browser: string): StreamRecord[] =>
    [...records.values()].filter((record) => record.browser === browser);

  return {
    opened: (browser, process, stream, at) =>
      void records.set(`${process} ${stream}`, { browser, process, openedAt: at, closedAt: null }),
    closed(process, stream, at) {
      const record = records.get(`${process} ${stream}`);
      if (record !== undefined) record.closedAt ??= at;
    },
    died(process, at) {
      for (const record of records.values()) if (record.process === process) record.closedAt ??= at;
    },
    openOf: (browser) => of(browser).filter(({ closedAt }) => closedAt === null),
    figures(browser, from, to) {
      const spans = of(browser)
        .map(({ openedAt, closedAt }) => ({
          begin: Math.max(openedAt, from),
          end: Math.min(closedAt ?? to, to),
        }))
        .filter(({ begin, end }) => begin <= end);
      // Of what happens in one millisecond, the end comes first.
      const steps = spans
        .flatMap(({ begin, end }) => [
          { at: begin, by: 1 },
          { at: end, by: -1 },
        ])
        .sort((left, right) => left.at - right.at || left.by - right.by);
      const overlapsMs: number[] = [];
      const gaps: Span[] = [];
      let count = 0;
      let mostAtOnce = 0;
      let since = from;
      for (const { at, by } of steps) {
        const before = count;
        count += by;
        mostAtOnce = Math.max(mostAtOnce, count);
        if (before === 0 && at > from) gaps.push({ from: since, to: at });
        if (before === 2 && count === 1) overlapsMs.push(at - since);
        if (count === 0 || (before === 1 && count === 2)) since = at;
      }
      return { streams: spans.length, mostAtOnce, overlapsMs, gaps };
    },
  };
}
