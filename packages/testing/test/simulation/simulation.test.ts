/** The simulation itself: it repeats, it sees what is broken, and it tells a short story of it. */
import { describe, expect, it } from "vitest";
import { generatePlan, measureScale, runWorld, shrinkPlan, type Plan } from "@lockstep/testing/simulation";

/** A world in which nothing goes wrong, for what a test adds to it. */
function calmPlan(steps: Plan["steps"], overrides: Partial<Plan> = {}): Plan {
  return {
    ...generatePlan({ seed: 1, days: 0.1 }),
    engine: "chromium",
    lifetimeMs: 300_000,
    idleLifetimeMs: 12 * 3_600_000,
    graceMs: 0,
    shareToken: true,
    jitter: false,
    steps: [
      { at: 0, do: "open-tab", tab: 0 },
      { at: 10, do: "open-tab", tab: 1 },
      { at: 1_000, do: "sign-in", tab: 0, user: "ada", answer: "read" },
      ...steps,
    ],
    ...overrides,
  };
}

async function storyOf(plan: Plan): Promise<readonly string[]> {
  const lines: string[] = [];
  await runWorld(plan, { tell: (line) => void lines.push(line) });
  return lines;
}

describe("one seed decides everything", () => {
  it("the same seed tells the same story, to the word", async () => {
    const [once, again] = [
      await storyOf(generatePlan({ seed: 7 })),
      await storyOf(generatePlan({ seed: 7 })),
    ];
    expect(once.length).toBeGreaterThan(200);
    expect(again).toEqual(once);
  });

  it("another seed tells another one", async () => {
    expect(await storyOf(generatePlan({ seed: 8, days: 0.1 }))).not.toEqual(
      await storyOf(generatePlan({ seed: 7, days: 0.1 })),
    );
  });

  it("every fault of the repertoire comes up", () => {
    const done = new Set<string>();
    for (let seed = 1; seed <= 40; seed += 1)
      for (const step of generatePlan({ seed }).steps)
        done.add("weather" in step ? step.weather : "fault" in step ? step.fault : step.do);
    expect([...done].toSorted()).toMatchSnapshot();
  });
});

describe("what people do works in a calm world", () => {
  it("L1: a day of two tabs costs one refresh for each token", async () => {
    const plan = calmPlan([], {
      durationMs: 86_400_000,
      idleLifetimeMs: Infinity,
      absoluteLifetimeMs: Infinity,
    });
    const { broken, figures } = await runWorld(plan);
    expect(broken).toBeNull();
    const tokens = 86_400_000 / plan.lifetimeMs;
    expect(figures.refreshes).toBeGreaterThan(tokens);
    expect(figures.refreshes).toBeLessThan(tokens * 1.34 + 10);
  });

  it("L2: a stolen cookie that is replayed ends the session, and every tab hears of it", async () => {
    const plan = calmPlan([
      { at: 60_000, do: "steal-cookie" },
      { at: 500_000, do: "replay-cookie" },
    ]);
    const story = await storyOf(plan);
    expect(story.some((line) => line.includes("reuse-detected"))).toBe(true);
    expect((await runWorld(plan)).broken).toBeNull();
  });

  it("L3: a sign-out without a connection holds", async () => {
    const plan = calmPlan([
      { at: 60_000, do: "weather", weather: "offline" },
      { at: 61_000, do: "sign-out", tab: 1, scope: "this" },
      { at: 61_500, do: "get-token", tab: 0 },
      { at: 62_000, do: "reload-tab", tab: 0, told: true },
      { at: 63_000, do: "get-token", tab: 0 },
    ]);
    const { broken, figures } = await runWorld(plan);
    expect(broken).toBeNull();
    expect(figures.tokensHandedOut).toBe(0);
    expect((await storyOf(plan)).some((line) => line.includes('"reason":"signed-out"'))).toBe(true);
  });
});

describe("tabs that listen, in a calm world", () => {
  const events = "visible";

  /** How many streams a world needs more than one in which nothing happens. */
  async function extraStreams(steps: Plan["steps"]): Promise<number> {
    const [some, none] = [
      await runWorld(calmPlan(steps, { events })),
      await runWorld(calmPlan([], { events })),
    ];
    expect([some.broken, none.broken]).toEqual([null, null]);
    expect(none.figures.streams).toBeGreaterThan(0);
    return some.figures.streams - none.figures.streams;
  }

  it("L13: a revocation reaches a hidden tab too, with no refresh", async () => {
    const plan = calmPlan(
      [
        { at: 60_000, do: "hide-tab", tab: 1 },
        { at: 900_000, do: "revoke" },
      ],
      { events, durationMs: 902_000 },
    );
    const story = await storyOf(plan);
    const decided = story.findIndex((line) => line.includes("ended"));
    expect(story.slice(decided + 1, decided + 3)).toEqual([
      "0d 00:15:00.051  t1      news-heard → idle, out e2 r-",
      "0d 00:15:00.052  t2      message changed of t1 → idle, out e2 r-",
    ]);
    expect((await runWorld(plan)).figures.judged).toBe(2);
  });

  it("R-141: one has a stream for both, and passes it on", async () => {
    expect(await extraStreams([{ at: 60_000, do: "close-tab", tab: 0, told: false }])).toBe(1);
  });

  it("R-142: a connection that is dead without a word is found out, and replaced", async () => {
    expect(await extraStreams([{ at: 60_000, do: "break-streams", how: "silently" }])).toBe(1);
  });

  it("R-142: who is refused has one refresh made, whatever else is refused", async () => {
    const refused = calmPlan(
      [
        { at: 60_000, do: "stream-answers", answer: "refused" },
        { at: 60_000, do: "break-streams", how: "by-restart" },
      ],
      { events, durationMs: 120_000 },
    );
    const { broken, figures } = await runWorld(refused);
    const { figures: usual } = await runWorld({ ...refused, steps: refused.steps.slice(0, 3) });
    expect([broken, figures.streams]).toEqual([null, 3]);
    expect(figures.rotations).toBe(usual.rotations + 1);
  });
});

describe("the shrinker", () => {
  it("leaves the steps that matter, and no others", async () => {
    const plan = generatePlan({ seed: 3 });
    const law = { law: "L2: an example", at: plan.durationMs } as never;
    const matters = new Set(["sign-out", "sleep"]);
    // Broken, for this test: a world in which somebody signs out and the machine sleeps.
    const run = async ({ steps }: Plan) => {
      const found = new Set(steps.map((step) => step.do));
      return { broken: [...matters].every((name) => found.has(name as never)) ? law : null };
    };
    const small = await shrinkPlan(plan, law, { run });
    expect(small.steps.map((step) => step.do).toSorted()).toEqual(["sign-out", "sleep"]);
  });
});

describe("the table of scale", () => {
  it("L1: refreshes do not grow with the tabs, messages not faster than they", async () => {
    const [one, fifty] = [await measureScale(1, 1), await measureScale(50, 1)];
    expect(fifty.lifetime.refreshes).toBeLessThan(one.lifetime.refreshes * 1.2);
    expect(fifty.coldStart.refreshes).toBe(0);
    expect(fifty.coldStart.messages).toBeLessThanOrEqual(200);
  });
});
