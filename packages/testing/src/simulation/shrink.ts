/** Makes a plan that breaks a law as small as it gets while it still breaks the same one: a story to read instead of a month. */
import type { LawBroken } from "./laws.js";
import type { Plan, Step } from "./plan.js";
import { runWorld } from "./run-world.js";

export interface ShrinkOptions {
  /** Runs of the world at most. Default 1 000. */
  readonly runs?: number;
  /** How a plan is run; default {@link runWorld}. */
  readonly run?: (plan: Plan) => Promise<{ readonly broken: LawBroken | null }>;
}

/** A law is named by its number: what exactly was seen first may change on the way. */
const numberOf = (law: string): string => law.split(":")[0] ?? law;

export async function shrinkPlan(
  plan: Plan,
  broken: LawBroken,
  { runs = 1_000, run = runWorld }: ShrinkOptions = {},
): Promise<Plan> {
  let left = runs;
  let best = plan;

  /** Takes the smaller plan if it breaks the same law. */
  async function accepts(candidate: Plan): Promise<boolean> {
    if (left <= 0) return false;
    left -= 1;
    const outcome = await run(candidate);
    if (outcome.broken === null || numberOf(outcome.broken.law) !== numberOf(broken.law)) return false;
    best = candidate;
    return true;
  }

  /** Nothing that happens afterwards matters. */
  async function cutEnd(): Promise<void> {
    const { durationMs } = best;
    const end = Math.ceil(broken.at) + 1;
    if (end < durationMs)
      await accepts({ ...best, durationMs: end, steps: best.steps.filter(({ at }) => at <= end) });
  }

  /** Delta debugging: leaves out ever smaller pieces (Zeller and Hildebrandt). */
  async function leaveOut(): Promise<boolean> {
    let isSmaller = false;
    for (let size = Math.ceil(best.steps.length / 2); size >= 1 && left > 0; size = Math.floor(size / 2))
      for (let start = best.steps.length - size; start > -size && left > 0; start -= size) {
        const from = Math.max(0, start);
        const steps = best.steps.filter((_, index) => index < from || index >= from + size);
        if (steps.length < best.steps.length && (await accepts({ ...best, steps }))) isSmaller = true;
      }
    return isSmaller;
  }

  /** Waits less between one step and the next. */
  async function hurry(): Promise<void> {
    for (let index = best.steps.length - 1; index >= 0 && left > 0; index -= 1) {
      const gap = (best.steps[index]?.at ?? 0) - (best.steps[index - 1]?.at ?? 0);
      for (const less of [gap - 100, gap / 2]) {
        if (less < 1_000) continue;
        const by = Math.floor(less);
        const steps = best.steps.map((step, at): Step => (at < index ? step : { ...step, at: step.at - by }));
        if (await accepts({ ...best, steps, durationMs: best.durationMs - by })) break;
      }
    }
  }

  await cutEnd();
  while (await leaveOut());
  await accepts({ ...best, jitter: false });
  await hurry();
  while (await leaveOut());
  return best;
}
