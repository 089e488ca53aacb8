import { bareOptions } from "../bare-options.js";
import type { LifecycleEvent, LifecyclePort } from "../runtime/ports.js";

/**
 * The page's life. No `unload` and no `beforeunload` listener: they cost the back/forward cache. Runs in the
 * capture phase, so that the session has re-read the register before the application's own listeners ask it anything.
 */
export function createPageLifecycle(): LifecyclePort {
  const isVisible = (): boolean => document.visibilityState === "visible";

  return {
    isVisible,
    attach(on: (event: LifecycleEvent) => void) {
      const detach = new AbortController();
      const listen = (
        target: EventTarget,
        type: string,
        listener: (event: globalThis.Event) => void,
      ): void => {
        const options = bareOptions({ capture: true, signal: detach.signal });
        // Markup in the page can hide a method of the document behind an element of that name.
        const { addEventListener } = target === document ? Document.prototype : target;
        addEventListener.call(target, type, listener, options);
      };
      const seen = (): void => on(isVisible() ? { type: "woke", cause: "shown" } : { type: "hidden" });

      listen(document, "visibilitychange", seen);
      listen(window, "focus", () => on({ type: "woke", cause: "focused" }));
      listen(window, "online", () => on({ type: "woke", cause: "online" }));
      listen(window, "pagehide", () => on({ type: "suspended", cause: "left" }));
      listen(window, "pageshow", (event) => {
        if ((event as PageTransitionEvent).persisted) {
          on({ type: "woke", cause: "restored" });
          seen();
        }
      });
      // Chromium only (P11); elsewhere `pagehide` and `visibilitychange` are all there is.
      listen(document, "freeze", () => on({ type: "suspended", cause: "frozen" }));
      listen(document, "resume", () => {
        on({ type: "woke", cause: "resumed" });
        seen();
      });
      return () => detach.abort();
    },
  };
}
