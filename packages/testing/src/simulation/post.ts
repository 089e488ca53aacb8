/** How messages between tabs fare. */
import type { Random } from "../random.js";
import type { MessageFault, Plan } from "./plan.js";
import type { WorldTime } from "./time.js";

export interface PostOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly random: Random;
  readonly fault: () => MessageFault;
}

/** Delivers one message to one tab: as fast as browsers do, or as it is the fault of the hour. */
export function createPost({ plan, time, random, fault }: PostOptions): (run: () => void) => void {
  const ordinary = random.fork("deliveries");
  const mischief = random.fork("mischief");
  const usualMs = (): number => (plan.jitter ? ordinary.between(0.1, 4) : 1);
  return (run) => {
    const after = (ms: number): unknown => time.inBrowser(ms, run);
    switch (fault()) {
      case "none":
        return void after(usualMs());
      case "dropped":
        return;
      case "delayed":
        return void after(mischief.between(100, 30_000));
      case "duplicated":
        after(usualMs());
        return void after(mischief.between(5, 5_000));
      case "reordered":
        return void after(mischief.between(0, 500));
    }
  };
}
