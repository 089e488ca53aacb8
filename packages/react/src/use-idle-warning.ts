"use client";
/** The countdown to an idle time-out. */
import { useCallback, useSyncExternalStore } from "react";
import type { RegisteredSnapshot } from "./register.js";
import { useSource } from "./session-provider.js";
import { useSession } from "./use-session.js";

/** The session ends soon, because nobody did anything. */
export interface IdleWarning {
  /** Until it ends. The component is rendered again for each second. */
  readonly secondsLeft: number;
  /** Counts as activity: clears the warning in every tab. */
  readonly staySignedIn: () => void;
}

const idleEnd = (snapshot: RegisteredSnapshot): number | null =>
  snapshot.status === "authenticated" && snapshot.warning?.reason === "idle" ? snapshot.warning.at : null;

const nothing = (): null => null;

/**
 * The countdown to an idle time-out, from `idleWarning` (an option of `createSession`) on; `null` as long as none is near. Whatever
 * the user does, in any tab, clears it in all.
 *
 * @throws Error if there is no provider above.
 * @example
 * ```tsx
 * const warning = useIdleWarning();
 * return warning && <button onClick={warning.staySignedIn}>Signed out in {warning.secondsLeft} s. Stay</button>;
 * ```
 */
export function useIdleWarning(): IdleWarning | null {
  const { session } = useSource();
  const endsAt = useSession(idleEnd);
  const subscribe = useCallback(
    (changed: () => void) => {
      const timer = endsAt === null ? undefined : setInterval(changed, 250);
      return () => clearInterval(timer);
    },
    [endsAt],
  );
  const read = (): number | null =>
    endsAt === null ? null : Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
  const secondsLeft = useSyncExternalStore(subscribe, read, nothing);
  return secondsLeft === null ? null : { secondsLeft, staySignedIn: session.reportActivity };
}
