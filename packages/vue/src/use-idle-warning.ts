/** The countdown to an idle time-out. */
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import { injectSource } from "./plugin.js";

export interface IdleWarning {
  /** Until the session ends, because nobody did anything; `null` as long as that is not near. */
  readonly secondsLeft: ComputedRef<number | null>;
  /** Counts as activity: clears the warning in every tab. */
  readonly staySignedIn: () => void;
}

/**
 * The countdown to an idle time-out, from `idleWarning` (an option of `createSession`) on. Whatever the user does, in any tab, clears
 * it in all.
 *
 * @throws Error if the plugin of `createLockstep` is not installed.
 * @example
 * ```ts
 * import { useIdleWarning } from "@lockstep/vue";
 *
 * const { secondsLeft, staySignedIn } = useIdleWarning();
 * ```
 */
export function useIdleWarning(): IdleWarning {
  const { session, snapshot } = injectSource();
  const endsAt = computed(() => {
    const { value } = snapshot;
    return value.status === "authenticated" && value.warning?.reason === "idle" ? value.warning.at : null;
  });
  const now = shallowRef(0);
  watch(
    endsAt,
    (end, _former, onCleanup) => {
      if (end === null) return;
      const tick = (): void => void (now.value = Date.now());
      tick();
      const timer = setInterval(tick, 250);
      onCleanup(() => clearInterval(timer));
    },
    { immediate: true, flush: "sync" },
  );
  return {
    secondsLeft: computed(() =>
      endsAt.value === null ? null : Math.max(0, Math.ceil((endsAt.value - now.value) / 1000)),
    ),
    staySignedIn: session.reportActivity,
  };
}
