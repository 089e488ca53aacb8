/** A page's life in the hands of a test. */
import type { LifecycleEvent, LifecyclePort } from "@lockstep/core/internals";

export interface FakeLifecycle extends LifecyclePort {
  /** Tells what happens to the page, as the browser would. */
  emit(...events: readonly LifecycleEvent[]): void;
  hide(): void;
  show(): void;
  /** Whether anybody listens. */
  readonly attached: boolean;
}

export function createFakeLifecycle(): FakeLifecycle {
  let visible = true;
  const listeners = new Set<(event: LifecycleEvent) => void>();
  const emit = (...events: readonly LifecycleEvent[]): void => {
    for (const event of events) for (const listener of [...listeners]) listener(event);
  };
  return {
    emit,
    isVisible: () => visible,
    hide() {
      visible = false;
      emit({ type: "hidden" });
    },
    show() {
      visible = true;
      emit({ type: "woke", cause: "shown" });
    },
    get attached() {
      return listeners.size > 0;
    },
    attach(on) {
      const listener = (event: LifecycleEvent): void => on(event);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
