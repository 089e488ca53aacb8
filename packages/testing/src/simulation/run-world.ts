/** A world from its first step to its rest. */
import { LawBroken, whoIs } from "./laws.js";
import type { Plan, Step } from "./plan.js";
import type { SimulatedTab } from "./tab.js";
import { createWorld, settle, type Figures, type RunOptions, type World } from "./world.js";

/** What came of a world. */
export interface Outcome {
  /** The first law that was broken; `null`: none was. */
  readonly broken: LawBroken | null;
  readonly figures: Figures;
}

/** Once the input has ended, so long may it take until all agree. */
const settlingMs = 180_000;

/** Of that length; the server asks for five minutes at most, and half of it is added. */
const longestPauses = 3;

function isAnyLoading(tabs: ReadonlySet<SimulatedTab>): boolean {
  return [...tabs].some(
    ({ condition, isDisposed, session }) =>
      condition === "running" && !isDisposed && whoIs(session) === "loading",
  );
}

/** Nobody sits in front of a machine that sleeps; what is about the world goes on. */
function needsSomebody(step: Step): boolean {
  return "tab" in step || step.do === "thaw-all" || step.do === "sleep";
}

/** All faults end, and every tab comes to the front once. */
async function calmDown({ stage, until }: World): Promise<void> {
  const { faults, jar, laws, network, robbers, streams, tabs, time } = stage;
  while (time.isAsleep()) await until(time.now() + 3_600_000);
  laws.listening.stepped();
  network.weather = "fair";
  network.retryAfterMs = undefined;
  // The last fault: whoever had a stream has to find back.
  streams.break("by-restart");
  faults.messages = "none";
  faults.locksRefused = false;
  laws.disturbed("lock", "ends");
  laws.disturbed("register", "ends");
  robbers.session.release();
  robbers.events.release();
  jar.blocked = false;
  for (const tab of [...tabs]) {
    tab.thaw();
    tab.comeBack();
    tab.show();
    tab.focus();
    await settle();
  }
  await until(time.now() + settlingMs);
  // A tab that knows nothing yet keeps to the pause that the server asked for.
  for (let pauses = 0; pauses < longestPauses && isAnyLoading(tabs); pauses += 1)
    await until(time.now() + settlingMs);
  laws.patrol();
}

/** A refresh is due after three quarters of a lifetime at the earliest: that many in three lifetimes. */
const refreshesInThreeLifetimes = 4;

/** Tabs that can tell each other of a token need one refresh together. */
function groups(tabs: readonly SimulatedTab[], { shareToken }: Plan): number {
  return shareToken ? new Set(tabs.map(({ dialect }) => dialect)).size : tabs.length;
}

/** When messages have drained, all tabs agree (L9), nobody does more than is needed (L1, L10), and the server agrees too. */
async function assertConverged({ stage, figures, until }: World, plan: Plan): Promise<void> {
  const { authority, jar, laws, tabs, time } = stage;
  const live = [...tabs].filter(({ condition, isDisposed }) => condition === "running" && !isDisposed);
  const [first] = live;
  if (first === undefined) return;
  for (const tab of live) laws.agrees(tab, whoIs(tab.session), whoIs(first.session));
  const before = figures.refreshes;
  await until(time.now() + 3 * plan.lifetimeMs);
  laws.listening.listens();
  const isSomebody = whoIs(first.session) !== "nobody" || figures.refreshes > before;
  laws.quiet(figures.refreshes - before, isSomebody ? groups(live, plan) * refreshesInThreeLifetimes : 0);
  const sessionId = jar.version()?.sessionId ?? null;
  const endsAt = sessionId === null ? -Infinity : authority.endsAt(sessionId);
  const owner = sessionId === null || endsAt <= time.now() ? null : authority.userOf(sessionId);
  // A token that was handed out before the end is good until it expires: nobody has asked since.
  if (owner === null && endsAt > time.now() - plan.lifetimeMs) return;
  // Nobody asks for what they were told is gone.
  if (laws.cookies.hasReturned(sessionId) && whoIs(first.session) === "nobody") return;
  for (const tab of live) laws.agrees(tab, whoIs(tab.session), owner ?? "nobody");
}

/** Runs a plan to its end, or to the first law that is broken. */
export async function runWorld(plan: Plan, options?: RunOptions): Promise<Outcome> {
  const world = createWorld(plan, options);
  const { time } = world.stage;
  try {
    for (const step of plan.steps) {
      await world.until(step.at);
      if (!time.isAsleep() || !needsSomebody(step)) await world.play(step);
    }
    await world.until(plan.durationMs);
    await calmDown(world);
    await assertConverged(world, plan);
    const broken = world.stage.laws.broken();
    return { broken, figures: world.figures };
  } catch (error) {
    if (error instanceof LawBroken) return { broken: error, figures: world.figures };
    throw error;
  }
}
