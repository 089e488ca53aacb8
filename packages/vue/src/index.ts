/** `@lockstep/vue`: a session of `@lockstep/core` in Vue 3.4 and newer. */
export { createLockstep, type LockstepOptions } from "./plugin.js";
export type { Register, RegisteredSession, RegisteredSnapshot, RegisteredUser } from "./register.js";
export {
  createSessionGuard,
  type GuardedRoute,
  type GuardLocation,
  type SessionGuardOptions,
} from "./session-guard.js";
export { useIdleWarning, type IdleWarning } from "./use-idle-warning.js";
export { useSession, type SessionComposable } from "./use-session.js";
