/** The models are what the page about outages says they are. */
import { describe, expect, it } from "vitest";
import { everySecond, lockstep, withoutJitter, type Client } from "../../src/outage/client.js";
import { answerTakesMs, beginsAt, endsAt, normalSince, outageEndsAt } from "../../src/outage/course.js";
import { curveOf } from "../../src/outage/curve.js";
import { playOutage } from "../../src/outage/play.js";
import { rehearseAll } from "../../src/outage/rehearsal.js";
import { reportOf } from "../../src/outage/report.js";
import { createServer } from "../../src/outage/server.js";
import { Tally } from "../../src/outage/tally.js";
import { recordAlone, scenarioNamed, scenarios } from "./recording.js";

function countsOf(name: string, seed: number, client: Client = lockstep): Tally {
  const tally = new Tally();
  playOutage({ scenario: scenarioNamed(name), client, seed, browsers: 1_000 }, tally);
  return tally;
}

/** The pauses between a visible browser's tries while the server is down; a hidden one waits to be asked besides. */
function pausesOf(client: Client): ReadonlySet<number> {
  const visible = recordAlone(scenarioNamed("refused"), client).filter(({ isVisible }) => isVisible);
  const pauses = visible.flatMap((recording) => {
    const tries = recording.requestedAt().filter((at) => at >= 0 && at < outageEndsAt);
    return tries.slice(1).map((at, index) => at - (tries[index] ?? 0) - answerTakesMs);
  });
  return new Set(pauses);
}

describe("the same seed plays the same outage", () => {
  it.each(["refused", "full"])("%s: request by request; another seed plays another", (name) => {
    const counts = countsOf(name, 7).requests;
    expect(countsOf(name, 7).requests).toEqual(counts);
    expect(countsOf(name, 8).requests).not.toEqual(counts);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1_000);
  });
});

describe("the browsers", () => {
  it("are spread evenly over the life of their tokens", () => {
    const { requests } = countsOf("refused", 7);
    const from = (normalSince - beginsAt) / 1_000;
    const minutes = [0, 1, 2, 3, 4].map((minute) => {
      const first = from + minute * 60;
      return requests.subarray(first, first + 60).reduce((sum, count) => sum + count, 0);
    });
    expect(Math.min(...minutes)).toBeGreaterThan(50);
    expect(Math.max(...minutes)).toBeLessThan(110);
  });

  it("all hear at once that they are online: those without jitter come in one second, ours in ten", () => {
    const inStep = countsOf("online", 7, withoutJitter).figures().peak;
    expect(inStep).toBeGreaterThan(250);
    expect(countsOf("online", 7).figures().peak).toBeLessThan(inStep / 4);
    expect(countsOf("refused", 7).figures().peak).toBeLessThan(inStep / 10);
  });
});

describe("the clients", () => {
  it("again every second: that, and nothing else", () => {
    expect([...pausesOf(everySecond)]).toEqual([1_000]);
  });

  it("no jitter: the same steps for all", () => {
    const steps = [750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000];
    expect([...pausesOf(withoutJitter)].toSorted((a, b) => a - b)).toEqual(steps);
  });

  it("Lockstep: hardly a pause like another", () => {
    expect(pausesOf(lockstep).size).toBeGreaterThan(500);
  });
});

describe("the server", () => {
  it("does what it can in a second, refuses the rest, and begins again in the next", () => {
    const refusal = { code: "unavailable" } as const;
    const server = createServer({ outage: () => "silence", capacity: { perSecond: 2, refusal } });
    const at = (ms: number) => server.receive(outageEndsAt + ms);
    expect([at(0), at(10), at(999), at(1_000)]).toEqual(["token", "token", refusal, "token"]);
    expect(server.receive(0)).toBe("silence");
  });
});

describe("the figures", () => {
  it("are those of the counts", () => {
    const tally = new Tally();
    const visible = { startsAt: beginsAt, visible: true, asksEveryMs: null };
    tally.granted(beginsAt, Number.NEGATIVE_INFINITY, visible);
    for (let at = normalSince; at < outageEndsAt; at += 500) tally.requested(at);
    for (let n = 0; n < 30; n += 1) tally.requested(outageEndsAt + 3_000);
    for (let n = 0; n < 8; n += 1) tally.requested(endsAt - 1);
    tally.granted(outageEndsAt + 4_500, 400_000, visible);
    expect(tally.figures()).toEqual({
      normalMean: 2,
      outageMean: 2,
      peak: 30,
      laterPeak: 8,
      recoveredMs: 5_000,
      longestWithoutMs: 204_500,
      triesEach: 1_200,
    });
    // 2, 15 and 4 times the normal rate: each block is twice the one before.
    expect(curveOf({ requests: tally.requests, figures: tally.figures() })).toBe(
      `${"▂".repeat(22)}▆${"▁".repeat(18)}▄`,
    );
  });

  it("are reported for each outage and each client", () => {
    const results = [...rehearseAll({ seed: 7, browsers: 40 })];
    const report = reportOf(results);
    expect(results).toHaveLength(scenarios.length * 3);
    for (const { title } of scenarios) expect(report).toContain(`### ${title}\n`);
    expect(report.match(/^\| Lockstep \|/gm)).toHaveLength(scenarios.length);
    expect(report).not.toMatch(/NaN|undefined/);
  });
});
