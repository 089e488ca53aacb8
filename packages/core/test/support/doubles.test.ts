/** The doubles that the simulated tabs run on keep the promises of the adapters they stand for. */
import { createSystemClock } from "../../src/adapters/system-clock.js";
import { describeActivityConformance } from "../conformance/activity.js";
import { describeChannelConformance } from "../conformance/channel.js";
import { describeClockConformance } from "../conformance/clock.js";
import { describeLifecycleConformance } from "../conformance/lifecycle.js";
import { describeLockConformance } from "../conformance/lock.js";
import { describePresenceConformance } from "../conformance/presence.js";
import { describeRegisterConformance } from "../conformance/register.js";
import { describeTimersConformance } from "../conformance/timers.js";
import { describeTransportConformance } from "../conformance/transport.js";
import {
  createFakeActivity,
  createFakeChannel,
  createFakeLifecycle,
  createFakeLock,
  createFakePresence,
  createFakeRegister,
} from "./fake-ports.js";
import { createFakeServer } from "./fake-server.js";
import { createManualTime } from "./manual-time.js";
import { settle } from "./settle.js";

/** Lets time pass at once; no timer of these tests has to fire for it. */
function passing(time: ReturnType<typeof createManualTime>): (ms: number) => void {
  return (ms) => void time.advance(ms);
}

describeTimersConformance("manual timers", () => {
  const time = createManualTime();
  return { timers: time.timers(), pass: async (ms) => time.advance(ms) };
});

describeClockConformance("a clock over manual time", () => {
  let awake = 0;
  const time = createManualTime();
  return {
    clock: createSystemClock({ monotonic: () => awake, wall: () => awake + time.wall() }),
    pass: (ms) => void (awake += ms),
    sleep: (ms) => time.sleep(ms),
    stepWall: (ms) => time.stepWall(ms),
  };
});

describeLockConformance("the lock in memory", () => ({ ...createFakeLock(), settle }));

describePresenceConformance("presence in memory", () => ({ ...createFakePresence(), settle }));

describeRegisterConformance("the register in memory", () => {
  const register = createFakeRegister();
  return {
    tab: () => register,
    setMark: (sessionId, revision) => void (register.mark = { sessionId, revision }),
  };
});

describeChannelConformance("the channel in memory", () => ({ ...createFakeChannel(), settle }));

describeLifecycleConformance("a life in memory", () => {
  const lifecycle = createFakeLifecycle();
  return { lifecycle, hide: () => lifecycle.hide(), show: () => lifecycle.show() };
});

describeActivityConformance("activity in memory", () => {
  let wall = 1_000;
  const activities = createFakeActivity(() => wall);
  const tabs: ReturnType<typeof activities.tab>[] = [];
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
});

describeTransportConformance("the strict server in memory", (mood) => {
  const time = createManualTime();
  const server = createFakeServer(time, createFakeRegister());
  if (mood !== "ended") server.logIn("ada");
  if (mood === "busy") server.trouble = { code: "unavailable", status: 503 };
  if (mood === "unreachable") server.trouble = { code: "network" };
  const pass = passing(time);
  return {
    transport: server.transport(() => true),
    async settle() {
      pass(1_000);
      await settle();
      await settle();
    },
  };
});
