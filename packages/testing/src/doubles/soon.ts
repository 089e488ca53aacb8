/** What happens a moment later, after the code that runs now: the order of everything that crosses from tab to tab. */

/** Runs something soon, and never before it has returned. */
export type Soon = (run: () => void) => void;

/** A microtask. Not `queueMicrotask`, which jest's fake timers replace. */
export const microtask: Soon = (run) => void Promise.resolve().then(run);
