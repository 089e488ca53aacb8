/** The doubles keep the promises of the adapters that they stand for. */
import { createSystemClock } from "@lockstep/core/internals";
import {
  createFakeActivity,
  createFakeBackend,
  createFakeLifecycle,
  createManualClock,
  createMemoryChannel,
  createMemoryLock,
  createMemoryPresence,
  createMemoryRegister,
  settle,
  type FakeActivityTab,
} from "@lockstep/testing";
import {
  activityConformance,
  channelConformance,
  clockConformance,
  describeConformance,
  lifecycleConformance,
  lockConformance,
  presenceConformance,
  registerConformance,
  timersConformance,
  transportConformance,
} from "@lockstep/testing/conformance";
import { describe, it } from "vitest";

const runner = { describe, it };

describeConformance(
  runner,
  "manual timers",
  timersConformance(() => {
    const clock = createManualClock();
    return { timers: clock.timers(), now: clock.monotonic, pass: clock.advance };
  }),
);

describeConformance(
  runner,
  "the system clock over a manual one",
  clockConformance(() => {
    let awake = 0;
    const { wall, sleep, step } = createManualClock();
    return {
      clock: createSystemClock({ monotonic: () => awake, wall: () => awake + wall() }),
      pass: (ms) => void (awake += ms),
      sleep,
      stepWall: step,
      elapsedMs: () => 0,
    };
  }),
);

describeConformance(
  runner,
  "the lock in memory",
  lockConformance(() => ({ ...createMemoryLock(), settle })),
);

describeConformance(
  runner,
  "presence in memory",
  presenceConformance(() => ({ ...createMemoryPresence(), settle })),
);

describeConformance(
  runner,
  "the register in memory",
  registerConformance(() => {
    const register = createMemoryRegister();
    return {
      tab: () => register,
      setMark: (sessionId, revision) => void (register.mark = { sessionId, revision }),
      handOver: () => undefined,
    };
  }),
);

describeConformance(
  runner,
  "the channel in memory",
  channelConformance(() => ({ ...createMemoryChannel(), settle })),
);

describeConformance(
  runner,
  "a life in the hands of a test",
  lifecycleConformance(() => {
    const lifecycle = createFakeLifecycle();
    return { lifecycle, hide: lifecycle.hide, show: lifecycle.show };
  }),
);

describeConformance(
  runner,
  "activity in the hands of a test",
  activityConformance(() => {
    let wall = 1_000;
    const activities = createFakeActivity(() => wall);
    const tabs: FakeActivityTab[] = [];
    return {
      tab() {
        const tab = activities.tab();
        tabs.push(tab);
        return tab;
      },
      act() {
        for (const tab of tabs) tab.act();
      },
      pass: (ms) => void (wall += ms),
    };
  }),
);

describeConformance(
  runner,
  "the fake backend",
  transportConformance((mood) => {
    const clock = createManualClock();
    const backend = createFakeBackend(clock, createMemoryRegister());
    if (mood !== "ended") backend.logIn("ada");
    if (mood === "busy") backend.trouble = { code: "unavailable", status: 503 };
    if (mood === "unreachable") backend.trouble = { code: "network" };
    return { transport: backend.transport(() => true), settle: () => clock.advance(1_000) };
  }),
);
