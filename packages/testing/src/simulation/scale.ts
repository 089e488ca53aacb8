/** How the work of a profile grows with its tabs, in fair weather: requests, messages and locks for each token. */
import type { Plan, Step } from "./plan.js";
import { createWorld, type Figures } from "./world.js";

export interface ScaleRow {
  readonly tabs: number;
  /** While all tabs open at once, one of them already signed in. */
  readonly coldStart: Counts;
  /** For one lifetime of the access token, on average of twenty. */
  readonly lifetime: Counts;
  /** After `signOut()` in one tab. */
  readonly signOut: Counts;
}

export interface Counts {
  readonly refreshes: number;
  readonly messages: number;
  readonly lockGrants: number;
}

const lifetimes = 20;
const lifetimeMs = 300_000;

function calmPlan(tabs: number, seed: number): Plan {
  return {
    seed,
    engine: "chromium",
    tabs,
    durationMs: Infinity,
    lifetimeMs,
    idleLifetimeMs: Infinity,
    absoluteLifetimeMs: Infinity,
    graceMs: 0,
    shareToken: true,
    keepFresh: false,
    skewMs: 0,
    jitter: true,
    steps: [],
  };
}

function difference(after: Figures, before: Figures, by = 1): Counts {
  return {
    refreshes: (after.refreshes - before.refreshes) / by,
    messages: (after.messages - before.messages) / by,
    lockGrants: (after.lockGrants - before.lockGrants) / by,
  };
}

/** Measures one profile with so many tabs. */
export async function measureScale(tabs: number, seed: number): Promise<ScaleRow> {
  const world = createWorld(calmPlan(tabs, seed));
  const { time } = world.stage;
  const play = async (step: Omit<Step, "at">, ms: number): Promise<void> => {
    await world.play({ ...step, at: time.now() } as Step);
    await world.until(time.now() + ms);
  };
  await play({ do: "open-tab", tab: 0 } as Step, 1_000);
  await play({ do: "sign-in", tab: 0, user: "ada", answer: "read" } as Step, 1_000);

  const opened = { ...world.figures };
  for (let tab = 1; tab < tabs; tab += 1) await play({ do: "open-tab", tab } as Step, 0);
  await world.until(time.now() + 5_000);
  const coldStart = difference(world.figures, opened);

  const begun = { ...world.figures };
  await world.until(time.now() + lifetimes * lifetimeMs);
  const lifetime = difference(world.figures, begun, lifetimes);

  const signedIn = { ...world.figures };
  await play({ do: "sign-out", tab: 0, scope: "this" } as Step, 60_000);
  return { tabs, coldStart, lifetime, signOut: difference(world.figures, signedIn) };
}
