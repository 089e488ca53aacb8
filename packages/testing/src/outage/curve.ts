/** The requests over time as one line of text: a block for each half minute, as high as its busiest second. */
import { beginsAt, endsAt, outageEndsAt } from "./course.js";
import type { Result } from "./rehearsal.js";

const blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const blockMs = 30_000;
const firstBlockAt = -60_000;

/** Each block is twice as high as the one before; the lowest is half of the normal rate, or less. */
function blockOf(timesNormal: number): string {
  const step = Math.ceil(Math.log2(Math.max(timesNormal, 0.5))) + 1;
  return blocks[Math.min(step, blocks.length - 1)] ?? blocks[0];
}

export function curveOf({ requests, figures }: Pick<Result, "requests" | "figures">): string {
  let curve = "";
  for (let at = firstBlockAt; at < endsAt; at += blockMs) {
    const first = (at - beginsAt) / 1_000;
    curve += blockOf(Math.max(...requests.subarray(first, first + blockMs / 1_000)) / figures.normalMean);
  }
  return curve;
}

/** Marks the beginning and the end of the outage above the curves, `indent` characters in. */
export function curveScale(indent: number): string {
  const begins = -firstBlockAt / blockMs;
  const lasts = outageEndsAt / blockMs;
  return `${" ".repeat(indent + begins)}${"outage".padEnd(lasts)}back`;
}
