import type { TimersPort } from "../runtime/ports.js";

/** `setTimeout` takes an int32 and fires at once beyond it (P16); a day is far enough to look again. */
const chunkMs = 24 * 60 * 60 * 1_000;

/** Named timers over `setTimeout`; longer delays are waited for in chunks. */
export function createBrowserTimers(): TimersPort {
  const handles = new Map<string, ReturnType<typeof setTimeout>>();

  function cancel(name: string): void {
    clearTimeout(handles.get(name));
    handles.delete(name);
  }

  function arm(name: string, delayMs: number, fire: () => void): void {
    cancel(name);
    const chunk = Math.max(0, Math.min(delayMs, chunkMs));
    const rest = delayMs - chunk;
    const next = (): void => {
      handles.delete(name);
      if (rest > 0) arm(name, rest, fire);
      else fire();
    };
    handles.set(name, setTimeout(next, chunk));
  }

  return {
    arm,
    cancel,
    cancelAll() {
      for (const name of [...handles.keys()]) cancel(name);
    },
  };
}
