/** Who the browsers belong to. Drawn from the seed and the browser's number alone: each client meets the same million. */
import { createRandom, type Random } from "../random.js";
import { arrivalsLastMs, beginsAt } from "./course.js";

export interface Habits {
  /** When the tab was opened: the tokens' ages are spread evenly over their life by the time the outage begins. */
  readonly startsAt: number;
  readonly visible: boolean;
  /** How often the page asks for a token, on average; `null`: never. */
  readonly asksEveryMs: number | null;
}

const visibleShare = 0.3;
/** Of the visible ones, those whose page calls its API while nobody touches it. */
const busyShare = 0.5;
/** Of the hidden ones, those whose page polls in the background. */
const pollingShare = 0.1;

export function drawHabits(chance: Random): Habits {
  const startsAt = beginsAt + Math.floor(chance.next() * arrivalsLastMs);
  const visible = chance.chance(visibleShare);
  if (visible) return { startsAt, visible, asksEveryMs: chance.chance(busyShare) ? 30_000 : null };
  return { startsAt, visible, asksEveryMs: chance.chance(pollingShare) ? 60_000 : null };
}

/** The stream of chance that one browser's habits, or its machine's dice, are drawn from. */
export function chanceOf(seed: number, purpose: "habits" | "asks" | "dice", browser: number): Random {
  return createRandom(seed).fork(`${purpose} ${browser}`);
}

/** How long until the next call: calls come independently of each other. */
export function untilNextAskMs(everyMs: number, chance: Random): number {
  return 1 + Math.floor(-Math.log(1 - chance.next()) * everyMs);
}
