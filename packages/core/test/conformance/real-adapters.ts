/**
 * The real adapters as subjects of the conformance suites, in a real page. Another tab is another document of the page.
 *
 * What a page cannot do to itself is played, and nothing else: it cannot be hidden, the machine cannot be put to sleep, no
 * clock can be set, and no user is there.
 */
import {
  activityConformance,
  channelConformance,
  clockConformance,
  lifecycleConformance,
  lockConformance,
  presenceConformance,
  registerConformance,
  timersConformance,
  transportConformance,
  type ConformanceCase,
} from "@lockstep/testing/conformance";
import type { Realm } from "./realm.js";
import { handOver, settleChannels, settleLocks } from "./settling.js";

const versionCookie = "__Host-lockstep-version";

function forgetEverything(): void {
  for (const pair of document.cookie.split("; "))
    document.cookie = `${pair.split("=")[0]}=; Path=/; Secure; Max-Age=0`;
  localStorage.clear();
}

function platformClock() {
  let awake = 0;
  let asleep = 0;
  const monotonic = (): number => performance.now() + awake;
  return {
    monotonic,
    wall: () => Date.now() + awake + asleep,
    pass: (ms: number) => void (awake += ms),
    leap: (ms: number) => void (asleep += ms),
  };
}

function lifecycleOf({ adapters, window }: Realm) {
  const { document } = window;
  const turn = (visibility: DocumentVisibilityState): void => {
    Object.defineProperty(document, "visibilityState", { configurable: true, value: visibility });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  turn("visible");
  return {
    lifecycle: adapters.createPageLifecycle(),
    hide: () => turn("hidden"),
    show: () => turn("visible"),
    close: () => void Reflect.deleteProperty(document, "visibilityState"),
  };
}

/** By port. @param realms the first is the page itself */
export function realAdapters(
  realms: readonly [Realm, ...Realm[]],
): Readonly<Record<string, readonly ConformanceCase[]>> {
  const [{ adapters }] = realms;
  let turns = 0;
  let names = 0;
  const nextRealm = (): Realm => realms[(turns += 1) % realms.length] ?? realms[0];
  const fresh = (): string => `conformance-${(names += 1)}`;

  return {
    lock: lockConformance(() => {
      const name = fresh();
      return {
        tab() {
          const { adapters, window } = nextRealm();
          return adapters.createWebLock(name, window.navigator.locks);
        },
        settle: () => settleLocks(realms),
      };
    }),

    presence: presenceConformance(() => {
      const prefix = `${fresh()}:tab:`;
      const tabs: { withdraw(): void }[] = [];
      return {
        tab() {
          const { adapters, window } = nextRealm();
          const tab = adapters.createLockPresence(prefix, window.navigator.locks);
          tabs.push(tab);
          return tab;
        },
        settle: () => settleLocks(realms),
        close() {
          for (const tab of tabs) tab.withdraw();
        },
      };
    }),

    channel: channelConformance(() => {
      const name = fresh();
      return {
        open: (onMessage) => nextRealm().adapters.openChannel(name, onMessage, () => undefined),
        settle: () => settleChannels(realms),
      };
    }),

    register: registerConformance(() => {
      forgetEverything();
      return {
        tab: () =>
          nextRealm().adapters.createCookieRegister({
            namespace: "__Host-lockstep",
            versionCookie,
            isSecure: true,
            degrade: () => undefined,
          }),
        async setMark(sessionId, revision) {
          await fetch(`/set-mark?value=${sessionId}.${revision}`);
        },
        handOver: () => handOver(realms),
        async close() {
          forgetEverything();
          await handOver(realms);
        },
      };
    }),

    activity: activityConformance(() => {
      localStorage.clear();
      let at = 1_000;
      const clock = { now: () => at, wall: () => 1_800_000_000_000 + at };
      return {
        tab: () => nextRealm().adapters.createUserActivity("conformance", clock),
        act() {
          for (const { window } of realms) window.dispatchEvent(new Event("pointerdown"));
        },
        pass: (ms) => void (at += ms),
      };
    }),

    lifecycle: lifecycleConformance(() => lifecycleOf(realms[0])),

    timers: timersConformance(() => ({
      timers: adapters.createBrowserTimers(),
      now: () => performance.now(),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    })),

    clock: clockConformance(() => {
      const { monotonic, wall, pass, leap } = platformClock();
      return {
        clock: adapters.createSystemClock({ monotonic, wall }),
        pass,
        sleep: leap,
        stepWall: leap,
        elapsedMs: () => performance.now(),
      };
    }),

    transport: transportConformance((mood) => {
      const identify = adapters.createIdentityReader(undefined);
      const { readLifetimeMs } = adapters;
      const backend = adapters.createLockstepBackend({
        readIdentity: identify,
        readLifetimeMs,
        wall: Date.now,
      });
      const transport = adapters.createFetchTransport({
        endpoint: `${location.origin}/${mood}`,
        isSameOrigin: true,
        fetch: fetch.bind(globalThis),
        backend,
        identify,
      });
      return { transport, settle: async () => undefined };
    }),
  };
}
