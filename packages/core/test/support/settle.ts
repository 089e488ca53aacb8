/** Waiting for what is under way, without waiting for time. */
import { setImmediate } from "node:timers";

/** Resolves when every promise and channel message that is under way has arrived. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** As {@link settle}, for platform objects that need a few turns of the event loop. */
export async function settleSlowly(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 15));
}
