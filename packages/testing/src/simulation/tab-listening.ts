/** What listens to the server in one simulated tab: the real listener, over a simulated stream and lock. */
import {
  loadCreateListener,
  type ClockPort,
  type EntropyPort,
  type FetchStream,
  type LockPort,
  type Ports,
  type TimersPort,
} from "@lockstep/core/internals";
import type { Random } from "../random.js";
import { gatedLock } from "./gates.js";
import type { SimulatedTab, Surroundings } from "./tab.js";

const createListener = await loadCreateListener();

/** How long the piece of code takes to load. */
const loadingMs = { least: 1, most: 400 };

export interface TabListeningOptions {
  readonly random: Random;
  readonly enter: (run: () => void) => void;
  readonly clock: ClockPort;
  readonly entropy: EntropyPort;
  readonly timers: TimersPort;
}

export interface TabListening {
  readonly port: Pick<Ports, "loadListener">;
  /** The page ends, and its connections with it. */
  end(): void;
  /** The browser has noticed. */
  releaseLock(): void;
}

export function createTabListening(
  surroundings: Surroundings,
  tab: () => SimulatedTab,
  { random, enter, clock, entropy, timers }: TabListeningOptions,
): TabListening {
  const { plan, time, streams, listeningLaws } = surroundings;
  if (plan.events === undefined) {
    const nothing = (): void => undefined;
    return { port: {}, end: nothing, releaseLock: nothing };
  }
  const lock: LockPort = surroundings.eventsLock();
  let stream: FetchStream | null = null;

  /** As in a page: refused once is refused for good. */
  function areLocksRefused(): boolean {
    const areRefused = surroundings.areLocksRefused();
    if (areRefused) listeningLaws.barred(tab());
    return areRefused;
  }

  return {
    end: () => stream?.close(),
    releaseLock: lock.release,
    port: {
      async loadListener({ send, inspect }) {
        await new Promise<void>((resolve) => {
          time.inBrowser(random.between(loadingMs.least, loadingMs.most), () => enter(resolve));
        });
        stream = streams.of(tab());
        return createListener({
          clock,
          entropy,
          timers,
          lock: gatedLock({ time, lock, enter, areLocksRefused }),
          stream,
          whenHidden: plan.events === "always",
          inspect,
          send(event) {
            if (event.type === "token-wanted") listeningLaws.refreshWanted(tab());
            send(event);
          },
        });
      },
    },
  };
}
