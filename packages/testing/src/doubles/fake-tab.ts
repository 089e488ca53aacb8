/** One tab of a browser in memory: what its session runs on, and what can happen to it. */
import type { Inspected } from "@lockstep/core";
import {
  createRuntime,
  createSystemClock,
  defaultPolicy,
  type ActivityPort,
  type Degrade,
  type LockPort,
  type Policy,
  type Ports,
  type PresencePort,
  type RegisterPort,
  type Runtime,
} from "@lockstep/core/internals";
import type { FakeActivityTab } from "./fake-activity.js";
import type { FakeBackend } from "./fake-backend.js";
import { createFakeLifecycle, type FakeLifecycle } from "./fake-lifecycle.js";
import type { ManualClock, ManualTimers } from "./manual-clock.js";
import type { MemoryChannel } from "./memory-channel.js";

/** What a tab is given by its browser. */
export interface TabSurroundings {
  readonly name: string;
  readonly time: ManualClock;
  readonly lock: LockPort;
  readonly presence: PresencePort;
  readonly register: RegisterPort;
  readonly activity: ActivityPort & FakeActivityTab;
  readonly channel: MemoryChannel;
  readonly backend: FakeBackend;
  readonly roll: () => number;
}

export interface TabOptions {
  readonly policy?: Partial<Policy>;
  /** Replaces ports. */
  readonly ports?: (ports: Ports, degrade: Degrade) => Partial<Ports>;
  /** Gets what subscribers threw. Default: they are kept in `reported`. */
  readonly report?: (error: unknown) => void;
}

/** A tab whose session has not begun. */
export interface BlankTab {
  readonly name: string;
  readonly timers: ManualTimers;
  readonly lifecycle: FakeLifecycle;
  readonly activity: FakeActivityTab;
  /** All that an inspector was shown. */
  readonly inspected: Inspected[];
  /** What subscribers threw. */
  readonly reported: unknown[];
  /** Makes the session, which is begun by its `start`. */
  boot(): { readonly runtime: Runtime; readonly ports: Ports };
  /** Whether messages arrive here: none do while the page is in the back/forward cache. */
  hears: boolean;
  /** The tab dies: none of its code runs any more. What it sent goes on. */
  crash(): void;
}

export function createBlankTab(around: TabSurroundings, options: TabOptions = {}): BlankTab {
  const { name, time, lock, presence, register, activity, channel, backend, roll } = around;
  const timers = time.timers();
  const lifecycle = createFakeLifecycle();
  const inspected: Inspected[] = [];
  const reported: unknown[] = [];
  const { report = (error: unknown) => void reported.push(error) } = options;
  let alive = true;
  const endings: (() => void)[] = [];
  const own: Ports = {
    clock: createSystemClock({ monotonic: time.monotonic, wall: time.wall }),
    entropy: { roll, tabId: () => name },
    timers,
    lock,
    presence,
    register,
    transport: backend.transport(() => alive),
    lifecycle,
    activity,
    openChannel(onMessage) {
      const opened = channel.open((data) => {
        if (alive && tab.hears) onMessage(data);
      });
      endings.push(() => opened.close());
      return opened;
    },
  };

  const tab: BlankTab = {
    name,
    timers,
    lifecycle,
    activity,
    inspected,
    reported,
    hears: true,
    boot() {
      let ports = own;
      const runtime = createRuntime({
        policy: { ...defaultPolicy, ...options.policy },
        createPorts: (degrade) => (ports = { ...own, ...options.ports?.(own, degrade) }),
        report,
      });
      endings.push(() => ports.lock.release());
      endings.push(() => ports.presence.withdraw());
      runtime.inspect((event) => void inspected.push(event));
      return { runtime, ports };
    },
    crash() {
      alive = false;
      timers.cancelAll();
      for (const end of endings) end();
    },
  };
  return tab;
}
