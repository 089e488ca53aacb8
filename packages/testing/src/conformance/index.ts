/**
 * `@lockstep/testing/conformance`: what each port of a session promises, as cases that run in any test runner and in a page.
 * Adapters and doubles pass the same ones; whoever writes a port of their own can see whether it does.
 */
export { activityConformance, type ActivityUnderTest } from "./activity.js";
export { channelConformance, type ChannelUnderTest } from "./channel.js";
export { clockConformance, type ClockUnderTest } from "./clock.js";
export type { ConformanceCase } from "./conformance-case.js";
export { describeConformance, type TestRunner } from "./in-runner.js";
export { lifecycleConformance, type LifecycleUnderTest } from "./lifecycle.js";
export { lockConformance, type LockUnderTest } from "./lock.js";
export { presenceConformance, type PresenceUnderTest } from "./presence.js";
export { exampleHold, registerConformance, type RegisterUnderTest } from "./register.js";
export { timersConformance, type TimersUnderTest } from "./timers.js";
export { transportConformance, type ServerMood, type TransportUnderTest } from "./transport.js";
