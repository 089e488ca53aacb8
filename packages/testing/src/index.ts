/** `@lockstep/testing`: doubles for what a Lockstep session runs on, made for tests and used by our own. */
export { createFakeActivity, type FakeActivity, type FakeActivityTab } from "./doubles/fake-activity.js";
export {
  createFakeBackend,
  type BackendOptions,
  type FakeBackend,
  type RefreshRequest,
  type SignOutRequest,
  type TestUser,
} from "./doubles/fake-backend.js";
export {
  createFakeBrowser,
  type FakeBrowser,
  type FakeBrowserOptions,
  type FakeTab,
} from "./doubles/fake-browser.js";
export { createFakeLifecycle, type FakeLifecycle } from "./doubles/fake-lifecycle.js";
export type { BlankTab, TabOptions } from "./doubles/fake-tab.js";
export { createManualClock, type ManualClock, type ManualTimers } from "./doubles/manual-clock.js";
export {
  createMemoryChannel,
  type MemoryChannel,
  type MemoryChannelOptions,
} from "./doubles/memory-channel.js";
export {
  createMemoryLock,
  type MemoryLock,
  type MemoryLockOptions,
  type Soon,
} from "./doubles/memory-lock.js";
export { createMemoryPresence, type MemoryPresence } from "./doubles/memory-presence.js";
export { createMemoryRegister, type MemoryRegister } from "./doubles/memory-register.js";
export { settle } from "./doubles/settle.js";
export {
  createTestSession,
  type TestSession,
  type TestSessionOptions,
  type TestTab,
} from "./doubles/test-session.js";
export { watch, type Outcome } from "./doubles/watch.js";
