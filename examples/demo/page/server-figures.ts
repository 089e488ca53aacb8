/** The server's figures in every tab, over one connection per browser: browsers allow six to a host. */
import type { Figures } from "../backend/figures.ts";
import type { TabTalk } from "./tab-talk.ts";

const lockName = "lockstep-demo:figures";

export interface ServerFigures {
  /** `null` until they have arrived. */
  read(): Figures | null;
  onChange(listener: (figures: Figures) => void): void;
}

/** Whichever tab has the lock listens to the server and tells the others; when it closes, the next one takes over. */
export function followServerFigures(talk: TabTalk): ServerFigures {
  let figures: Figures | null = null;
  let source: EventSource | null = null;
  const listeners: ((figures: Figures) => void)[] = [];

  talk.listen((message) => {
    if (message.kind === "hello" && source !== null && figures !== null)
      talk.say({ kind: "figures", figures });
    if (message.kind !== "figures") return;
    figures = message.figures;
    for (const listener of listeners) listener(figures);
  });

  function lead(left: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const opened = new EventSource("/demo/figures");
    source = opened;
    opened.addEventListener("message", ({ data }: MessageEvent<string>) => {
      talk.say({ kind: "figures", figures: JSON.parse(data) as Figures });
    });
    left.addEventListener("abort", () => {
      opened.close();
      source = null;
      resolve();
    });
    return promise;
  }

  function queue(): void {
    const left = new AbortController();
    window.addEventListener("pagehide", () => left.abort(), { once: true });
    navigator.locks
      .request(lockName, { signal: left.signal }, () => lead(left.signal))
      // Only ever rejected because the page is left while it still queues.
      .catch(() => undefined);
  }

  queue();
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) queue();
  });

  return { read: () => figures, onChange: (listener) => void listeners.push(listener) };
}
