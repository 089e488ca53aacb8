/** What the back-off promises a server, browser by browser. */
import { defaultPolicy } from "@lockstep/core/internals";
import { describe, expect, it } from "vitest";
import { outageEndsAt } from "../../src/outage/course.js";
import { recordAlone, scenarioNamed, scenarios, type Entry } from "./recording.js";

/** Requests that went out while a pause stood, by the last one published before. */
function requestsWithinPauses(entries: readonly Entry[]): readonly number[] {
  let pauseEndsAt = Number.NEGATIVE_INFINITY;
  const early: number[] = [];
  for (const entry of entries) {
    if (entry.what === "paused") pauseEndsAt = entry.at + entry.hold.ttlMs;
    if (entry.what === "requested" && entry.at < pauseEndsAt) early.push(entry.at);
  }
  return early;
}

/** A browser that always rolls the least pause sends no more than this. */
function mostTriesDuring(ms: number): number {
  const { backoffBaseMs, backoffCapMs } = defaultPolicy;
  let tries = 1;
  for (let at = 0; ; tries += 1) {
    at += Math.min(backoffCapMs, backoffBaseMs * 2 ** (tries - 1)) / 2;
    if (at >= ms) return tries;
  }
}

describe("L10: after an outage the retries stay within one back-off", () => {
  it.each(scenarios)("$name: no request before the common pause is over", (scenario) => {
    const recordings = recordAlone(scenario);
    expect(recordings.flatMap(({ entries }) => requestsWithinPauses(entries))).toEqual([]);
    const pauses = recordings.flatMap(({ entries }) => entries.filter(({ what }) => what === "paused"));
    expect(pauses.length).toBeGreaterThan(50);
  });

  it.each(scenarios)("$name: the requests of an outage are bounded", (scenario) => {
    const most = mostTriesDuring(outageEndsAt);
    const tries = recordAlone(scenario).map(
      (recording) => recording.requestedAt().filter((at) => at >= 0 && at < outageEndsAt).length,
    );
    expect(most).toBe(25);
    expect(Math.max(...tries)).toBeLessThanOrEqual(most);
    expect(Math.max(...tries)).toBeGreaterThan(0);
  });

  it.each([
    ["retry-after", 60_000],
    ["retry-after-date", 0],
  ])("scenario 17, %s: what the server asked for is never undercut", (name, askedMs) => {
    const gaps = recordAlone(scenarioNamed(name)).flatMap(({ entries }) =>
      entries.flatMap((entry, index) => {
        if (entry.what !== "paused") return [];
        const next = entries.slice(index).find(({ what }) => what === "requested");
        const mayComeAt = askedMs === 0 ? outageEndsAt : entry.at + askedMs;
        return next === undefined ? [] : [next.at - mayComeAt];
      }),
    );
    expect(gaps.length).toBeGreaterThan(30);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
  });

  it("a hidden tab that nobody asks sends nothing, during the outage and after it", () => {
    const quiet = recordAlone(scenarioNamed("refused")).filter(({ entries }) => entries.length === 2);
    expect(quiet.length).toBeGreaterThan(50);
    for (const { entries } of quiet)
      expect(entries.map(({ what }) => what)).toEqual(["requested", "granted"]);
  });
});
