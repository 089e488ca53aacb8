/** Ports that tabs share, each with one fault, before the suite of their kind. */
import type { LockCallbacks } from "@lockstep/core/internals";
import {
  createFakeActivity,
  createMemoryChannel,
  createMemoryLock,
  createMemoryPresence,
  createMemoryRegister,
  settle,
} from "@lockstep/testing";
import {
  activityConformance,
  channelConformance,
  lockConformance,
  presenceConformance,
  registerConformance,
  type ConformanceCase,
} from "@lockstep/testing/conformance";

const nothing = (): undefined => undefined;

/** By what is wrong: the cases of a port with that fault. */
export type Faults = Readonly<Record<string, () => readonly ConformanceCase[]>>;

export function lockFaults(): Faults {
  const through = (change: (callbacks: LockCallbacks) => Partial<LockCallbacks>) => () =>
    lockConformance(() => {
      const lock = createMemoryLock();
      return {
        settle,
        tab() {
          const { request, release } = lock.tab();
          return {
            release,
            request: (steal, callbacks) => request(steal, { ...callbacks, ...change(callbacks) }),
          };
        },
      };
    });
  return {
    "grants nothing": through(() => ({ granted: nothing })),
    "tells nobody of a theft": through(() => ({ stolen: nothing })),
    "tells twice of a theft": through(({ stolen }) => ({ stolen: () => [stolen(), stolen()] })),
    "grants within the request": () =>
      lockConformance(() => ({ ...createMemoryLock({ soon: (run) => run() }), settle })),
    "grants everybody": () => lockConformance(() => ({ tab: () => createMemoryLock().tab(), settle })),
    "is never given back": () =>
      lockConformance(() => {
        const lock = createMemoryLock();
        return { tab: () => ({ ...lock.tab(), release: nothing }), settle };
      }),
    "cannot be stolen": () =>
      lockConformance(() => {
        const lock = createMemoryLock();
        return {
          settle,
          tab() {
            const tab = lock.tab();
            return { ...tab, request: (_, callbacks) => tab.request(false, callbacks) };
          },
        };
      }),
  };
}

export function channelFaults(): Faults {
  const create = (change: (channel: ReturnType<typeof createMemoryChannel>) => object) => () =>
    channelConformance(() => {
      const channel = createMemoryChannel();
      return { open: channel.open, settle, ...change(channel) };
    });
  return {
    "loses everything": () =>
      channelConformance(() => ({ ...createMemoryChannel({ deliver: nothing }), settle })),
    "delivers within post": () =>
      channelConformance(() => ({ ...createMemoryChannel({ deliver: (run) => run() }), settle })),
    "turns the order round": () =>
      channelConformance(() => {
        const late: (() => void)[] = [];
        const deliver = (run: () => void): void => void late.unshift(run);
        const channel = createMemoryChannel({ deliver });
        return {
          ...channel,
          async settle() {
            for (const run of late.splice(0)) run();
          },
        };
      }),
    "hears itself": create(({ forge, open }) => ({
      open: (onMessage: (data: unknown) => void) => ({ ...open(onMessage), post: forge }),
    })),
    "hands over the thing itself": () =>
      channelConformance(() => {
        const ears = new Set<(data: unknown) => void>();
        return {
          settle,
          open(onMessage) {
            ears.add(onMessage);
            return {
              post: (data) => ears.forEach((ear) => ear === onMessage || queueMicrotask(() => ear(data))),
              close: () => void ears.delete(onMessage),
            };
          },
        };
      }),
    "swallows what it cannot carry": create(({ open }) => ({
      open(onMessage: (data: unknown) => void) {
        const { post, close } = open(onMessage);
        return {
          post: (data: unknown) => (typeof data === "object" && "call" in (data ?? {})) || post(data),
          close,
        };
      },
    })),
    "hears on after it was closed": create(({ open }) => ({
      open: (onMessage: (data: unknown) => void) => ({ ...open(onMessage), close: nothing }),
    })),
  };
}

export function presenceFaults(): Faults {
  const create =
    (change: (tab: ReturnType<ReturnType<typeof createMemoryPresence>["tab"]>) => object) => () =>
      presenceConformance(() => {
        const presence = createMemoryPresence();
        return {
          settle,
          tab() {
            const tab = presence.tab();
            return { ...tab, ...change(tab) };
          },
        };
      });
  return {
    "shows nobody": create(() => ({ publish: async () => undefined })),
    "cannot tell": create(() => ({ peers: async () => null })),
    "is never gone": create(() => ({ withdraw: nothing })),
    "shows a tab twice": create(({ peers }) => ({
      peers: async () => [...((await peers()) ?? []), ...((await peers()) ?? [])],
    })),
    "shows itself only": () =>
      presenceConformance(() => ({ tab: () => createMemoryPresence().tab(), settle })),
  };
}

export function registerFaults(): Faults {
  const create = (change: (register: ReturnType<typeof createMemoryRegister>) => object) => () =>
    registerConformance(() => {
      const register = createMemoryRegister();
      const tab = { ...register, ...change(register) };
      const setMark = (sessionId: string, revision: number): void =>
        void (register.mark = { sessionId, revision });
      return { tab: () => tab, setMark, handOver: nothing };
    });
  return {
    "keeps nothing": create(() => ({ writeRecord: nothing, writeHold: nothing })),
    "keeps the first record": create((register) => ({
      read: () => register.read(),
      writeRecord: (record: never) => void (register.record ??= record),
      writeHold: (hold: never) => register.writeHold(hold),
    })),
    "is full before anybody came": create(() => ({
      read: () => ({ record: null, mark: "unreadable", hold: null }),
    })),
    "keeps a register for each tab": () =>
      registerConformance(() => ({ tab: createMemoryRegister, setMark: nothing, handOver: nothing })),
  };
}

export function activityFaults(): Faults {
  const create = (change: (tab: ReturnType<ReturnType<typeof createFakeActivity>["tab"]>) => object) => () =>
    activityConformance(() => {
      let wall = 1_000;
      const activity = createFakeActivity(() => wall);
      const tabs: { act(): void }[] = [];
      return {
        tab() {
          const tab = activity.tab();
          tabs.push(tab);
          return { ...tab, ...change(tab) };
        },
        act: () => tabs.forEach((tab) => tab.act()),
        pass: (ms) => void (wall += ms),
      };
    });
  return {
    "never knows": create(() => ({ ageMs: () => null })),
    "always says now": create(() => ({ ageMs: () => 0 })),
    "counts looking": create(({ ageMs, touch }) => ({
      ageMs() {
        const age = ageMs();
        touch();
        return age;
      },
    })),
    "listens on after detaching": create(({ attach }) => ({
      attach(on: never) {
        attach(on);
        return nothing;
      },
    })),
    "keeps it to itself": () =>
      activityConformance(() => {
        const tab = createFakeActivity(() => 1_000).tab;
        return { tab: () => ({ ...tab(), ageMs: () => Math.random() }), act: nothing, pass: nothing };
      }),
  };
}
