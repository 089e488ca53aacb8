/** Tabs that are hard of hearing: messages are no promise, and cookies may be there before them. */

export type Deaf = typeof window & {
  /** From now on this tab sees the cookies of other tabs, and does not hear what they say. */
  goDeaf(): void;
  /** Tells it all that it has missed. */
  hear(): void;
};

/** Runs in a page before anything else. */
export const canGoDeaf = (): void => {
  const { addEventListener } = EventTarget.prototype;
  let heard = Promise.resolve();
  let isDeaf = false;
  BroadcastChannel.prototype.addEventListener = function listen(type: string, listener: unknown) {
    const hear = (event: Event): void => void heard.then(() => (listener as (event: Event) => void)(event));
    addEventListener.call(this, type, hear);
  };
  // Heard before anybody else does.
  addEventListener.call(window, "storage", (event) => {
    if (isDeaf) event.stopImmediatePropagation();
  });
  const goDeaf = (): void => {
    isDeaf = true;
    heard = new Promise((hear) => Object.assign(window, { hear }));
  };
  Object.assign(window, { goDeaf });
};
