/** A browser profile in memory: any number of tabs, one register, lock, channel and server, and time that stands still. */
import { createSystemClock } from "../../src/adapters/system-clock.js";
import { defaultPolicy, type Policy } from "../../src/machine/policy.js";
import type { Degrade, Ports } from "../../src/runtime/ports.js";
import { createRuntime, type Inspected, type Runtime } from "../../src/runtime/runtime.js";
import {
  createFakeActivity,
  createFakeChannel,
  createFakeLifecycle,
  createFakeLock,
  createFakePresence,
  createFakeRegister,
  type FakeChannel,
  type FakeLifecycle,
  type FakeRegister,
} from "./fake-ports.js";
import { createFakeServer, type FakeServer } from "./fake-server.js";
import { createManualTime, type ManualTime, type ManualTimers } from "./manual-time.js";

export interface FakeTab {
  readonly name: string;
  readonly runtime: Runtime;
  readonly ports: Ports;
  readonly timers: ManualTimers;
  readonly lifecycle: FakeLifecycle;
  readonly activity: ReturnType<ReturnType<typeof createFakeActivity>["tab"]>;
  /** All that an inspector was shown. */
  readonly inspected: Inspected[];
  /** What subscribers threw. */
  readonly reported: unknown[];
  /** The tab dies: none of its code runs any more. What it sent goes on. */
  crash(): void;
}

export interface TabOptions {
  readonly policy?: Partial<Policy>;
  /** Replaces ports. */
  readonly ports?: (ports: Ports, degrade: Degrade) => Partial<Ports>;
}

export interface FakeBrowser {
  readonly time: ManualTime;
  readonly register: FakeRegister;
  readonly channel: FakeChannel;
  readonly server: FakeServer;
  openTab(options?: TabOptions): FakeTab;
  /** Opens a tab, and signs in there. */
  signedInTab(user?: string, options?: TabOptions): Promise<FakeTab>;
}

/** Jitter that repeats: a linear congruence (Numerical Recipes). */
function createRolls(): () => number {
  let word = 42;
  return () => {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    return word / 2 ** 32;
  };
}

export function createFakeBrowser(): FakeBrowser {
  const time = createManualTime();
  const register = createFakeRegister();
  const server = createFakeServer(time, register);
  const lock = createFakeLock();
  const presence = createFakePresence();
  const channel = createFakeChannel();
  const activities = createFakeActivity(() => time.wall());
  const roll = createRolls();
  let tabs = 0;

  function openTab({ policy, ports: replace }: TabOptions = {}): FakeTab {
    const name = `tab-${(tabs += 1)}`;
    const timers = time.timers();
    const lifecycle = createFakeLifecycle();
    const activity = activities.tab();
    const inspected: Inspected[] = [];
    const reported: unknown[] = [];
    let alive = true;
    const channels: { close(): void }[] = [];
    const own: Ports = {
      clock: createSystemClock({ monotonic: () => time.monotonic(), wall: () => time.wall() }),
      entropy: { roll, tabId: () => name },
      timers,
      lock: lock.tab(),
      presence: presence.tab(),
      register,
      transport: server.transport(() => alive),
      lifecycle,
      activity,
      openChannel(onMessage) {
        const opened = channel.open((data) => {
          if (alive) onMessage(data);
        });
        channels.push(opened);
        return opened;
      },
    };
    let ports = own;
    const runtime = createRuntime({
      policy: { ...defaultPolicy, ...policy },
      createPorts: (degrade) => (ports = { ...own, ...replace?.(own, degrade) }),
      report: (error) => void reported.push(error),
    });
    runtime.inspect((event) => void inspected.push(event));
    runtime.start();
    return {
      name,
      runtime,
      ports,
      timers,
      lifecycle,
      activity,
      inspected,
      reported,
      crash() {
        alive = false;
        timers.cancelAll();
        ports.lock.release();
        ports.presence.withdraw();
        for (const opened of channels) opened.close();
      },
    };
  }

  return {
    time,
    register,
    channel,
    server,
    openTab,
    async signedInTab(user = "ada", options) {
      const tab = openTab(options);
      const signedIn = tab.runtime.signIn(() => server.logIn(user));
      await time.advance(0);
      await signedIn;
      return tab;
    },
  };
}

/** How a promise stands, and with what. */
export type Outcome<Value> =
  | { readonly status: "pending" }
  | { readonly status: "resolved"; readonly value: Value }
  | { readonly status: "rejected"; readonly error: unknown };

/** Watches a promise, so that a test can look at it while time stands still. */
export function watch<Value>(promise: Promise<Value>): { readonly outcome: Outcome<Value> } {
  const watched: { outcome: Outcome<Value> } = { outcome: { status: "pending" } };
  promise.then(
    (value) => (watched.outcome = { status: "resolved", value }),
    (error: unknown) => (watched.outcome = { status: "rejected", error }),
  );
  return watched;
}
