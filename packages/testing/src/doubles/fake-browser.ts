/** A browser profile in memory: any number of tabs, one register, lock, channel and server, and time that stands still. */
import type { Ports, Runtime } from "@lockstep/core/internals";
import { createRandom } from "../random.js";
import { createFakeActivity } from "./fake-activity.js";
import { createFakeBackend, type BackendOptions, type FakeBackend, type TestUser } from "./fake-backend.js";
import { createBlankTab, type BlankTab, type TabOptions } from "./fake-tab.js";
import { createManualClock, type ManualClock } from "./manual-clock.js";
import { createMemoryChannel, type MemoryChannel } from "./memory-channel.js";
import { createMemoryLock } from "./memory-lock.js";
import { createMemoryPresence } from "./memory-presence.js";
import { createMemoryRegister, type MemoryRegister } from "./memory-register.js";

export interface FakeTab extends BlankTab {
  /** The session below its public face. It is begun. */
  readonly runtime: Runtime;
  readonly ports: Ports;
}

export interface FakeBrowserOptions extends BackendOptions {
  /** Sees each message that a tab posts. */
  readonly onPost?: (message: unknown) => void;
}

export interface FakeBrowser {
  readonly time: ManualClock;
  readonly register: MemoryRegister;
  readonly channel: MemoryChannel;
  readonly server: FakeBackend;
  /** Opens a tab whose session has not begun. */
  blankTab(options?: TabOptions): BlankTab;
  openTab(options?: TabOptions): FakeTab;
  /** Opens a tab, and signs in there. */
  signedInTab(user?: string | TestUser, options?: TabOptions): Promise<FakeTab>;
}

export function createFakeBrowser({ onPost, ...backendOptions }: FakeBrowserOptions = {}): FakeBrowser {
  const time = createManualClock();
  const register = createMemoryRegister();
  const server = createFakeBackend(time, register, backendOptions);
  const lock = createMemoryLock();
  const presence = createMemoryPresence();
  const channel = createMemoryChannel(onPost === undefined ? {} : { onPost });
  const activities = createFakeActivity(time.wall);
  const { next: roll } = createRandom(42);
  let tabs = 0;

  function blankTab(options?: TabOptions): BlankTab {
    const own = { lock: lock.tab(), presence: presence.tab(), activity: activities.tab() };
    const name = `tab-${(tabs += 1)}`;
    return createBlankTab({ name, time, register, channel, backend: server, roll, ...own }, options);
  }

  function openTab(options?: TabOptions): FakeTab {
    const tab = blankTab(options);
    const { runtime, ports } = tab.boot();
    runtime.start();
    return Object.assign(tab, { runtime, ports });
  }

  return {
    time,
    register,
    channel,
    server,
    blankTab,
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
