/**
 * Whole worlds: what once broke a law and must not again, a fixed list of seeds, and fresh ones. The seed of the fresh ones is
 * printed; `LOCKSTEP_SEED` repeats it, `npm run sim -- --seed` tells its story.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generatePlan, runWorld, type Plan } from "@lockstep/testing/simulation";

const regressions = new URL("./regressions/", import.meta.url);

/** A world that takes longer than this hangs. */
const limitMs = 120_000;

const fresh = Number(process.env["LOCKSTEP_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

/** What was broken; a world in which nothing happens breaks nothing, and proves nothing. */
async function brokenIn(plan: Plan): Promise<string | null> {
  const { broken, figures } = await runWorld(plan);
  return broken === null && figures.events === 0 ? "nothing happened" : (broken?.message ?? null);
}

describe("L1–L13 in worlds that once broke them", () => {
  const files = readdirSync(regressions).filter((name) => name.endsWith(".json"));
  it("there are some", () => expect(files.length).toBeGreaterThan(0));
  for (const file of files) {
    const { law, plan } = JSON.parse(readFileSync(new URL(file, regressions), "utf8")) as {
      law: string;
      plan: Plan;
    };
    it(`${file.replace(".json", "")} (${law})`, async () => expect(await brokenIn(plan)).toBeNull(), limitMs);
  }
});

describe("L1–L13 in a fixed list of worlds", () => {
  for (let seed = 1; seed <= 24; seed += 1)
    it(
      `seed ${seed}: five tabs, a day`,
      async () => expect(await brokenIn(generatePlan({ seed }))).toBeNull(),
      limitMs,
    );
  for (const [seed, tabs] of [
    [101, 1],
    [102, 2],
    [103, 20],
    [104, 50],
  ] as const)
    it(
      `seed ${seed}: ${tabs} tabs, six hours`,
      async () => expect(await brokenIn(generatePlan({ seed, tabs, days: 0.25 }))).toBeNull(),
      limitMs,
    );
  for (let seed = 301; seed <= 304; seed += 1)
    it(
      `seed ${seed}: five tabs that listen, hidden ones too, a day`,
      async () => expect(await brokenIn(generatePlan({ seed, events: "always" }))).toBeNull(),
      limitMs,
    );
  it(
    "seed 201: three tabs, a week",
    async () => expect(await brokenIn(generatePlan({ seed: 201, tabs: 3, days: 7 }))).toBeNull(),
    limitMs,
  );
});

describe("L1–L13 in fresh worlds", () => {
  console.log(`Fresh worlds: LOCKSTEP_SEED=${fresh}`);
  for (let index = 0; index < 16; index += 1) {
    const seed = (fresh + index) >>> 0;
    it(
      `seed ${seed}: five tabs, a day`,
      async () => expect(await brokenIn(generatePlan({ seed }))).toBeNull(),
      limitMs,
    );
  }
});
