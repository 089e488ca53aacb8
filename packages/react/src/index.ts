/** `@lockstep/react`: a session of `@lockstep/core` in React 18 and 19. */
export { RequireSession, SignedIn, SignedOut, type GuardProps, type RequireSessionProps } from "./guards.js";
export type { Register, RegisteredSession, RegisteredSnapshot, RegisteredUser } from "./register.js";
export { SessionProvider, type SessionProviderProps } from "./session-provider.js";
export { useIdleWarning, type IdleWarning } from "./use-idle-warning.js";
export { useSession, useUser, type SessionActions, type SessionView } from "./use-session.js";
