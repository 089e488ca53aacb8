/**
 * A whole world in one deterministic process: tabs with the real session in them, what they share, the network, the server,
 * and everything that goes wrong. A plan decides all of it.
 */
import type { Observation } from "@lockstep/core/internals";
import { createAuthority } from "../backend/authority.js";
import { createMemoryChannel, type MemoryChannel } from "../doubles/memory-channel.js";
import { createMemoryLock } from "../doubles/memory-lock.js";
import { createMemoryPresence } from "../doubles/memory-presence.js";
import { createRandom } from "../random.js";
import { perform, type Stage } from "./actions.js";
import { createCookieJar } from "./jar.js";
import { createLaws, LawBroken, whoIs } from "./laws.js";
import { createNetwork } from "./network.js";
import type { Plan, Step } from "./plan.js";
import { createTeller, type Tell } from "./telling.js";
import { openSimulatedTab, type SimulatedTab, type Surroundings } from "./tab.js";
import { createWorldTime } from "./time.js";

/** What happened, in numbers. */
export interface Figures {
  /** Milliseconds of open tabs while the machine was awake, all tabs together. */
  tabMs: number;
  events: number;
  refreshes: number;
  rotations: number;
  messages: number;
  lockGrants: number;
  tokensHandedOut: number;
  signIns: number;
  signOuts: number;
}

/** What came of a world. */
export interface Outcome {
  /** The first law that was broken; `null`: none was. */
  readonly broken: LawBroken | null;
  readonly figures: Figures;
}

export interface RunOptions {
  /** Hears what happens, in lines for a reader. */
  readonly tell?: Tell;
}

/** Once the input has ended, so long may it take until all agree. */
const settlingMs = 180_000;

/** Events without the time going on: more of them are a circle. */
const circleLimit = 20_000;

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}

export interface World {
  readonly stage: Stage;
  readonly figures: Figures;
  /** Does what the step says, and lets follow what follows at once. */
  play(step: Step): Promise<void>;
  /** Lets everything happen that is due until then. Throws the first law that was broken. */
  until(end: number): Promise<void>;
}

export function createWorld(plan: Plan, { tell }: RunOptions = {}): World {
  const random = createRandom(plan.seed);
  const time = createWorldTime();
  const figures: Figures = {
    tabMs: 0,
    events: 0,
    refreshes: 0,
    rotations: 0,
    messages: 0,
    lockGrants: 0,
    tokensHandedOut: 0,
    signIns: 0,
    signOuts: 0,
  };
  const teller = createTeller(time, tell);
  const faults: Stage["faults"] = { messages: "none", locksRefused: false };
  const activity: Stage["activity"] = { lastWall: null };
  const slots = new Map<number, SimulatedTab>();
  const tabs = new Set<SimulatedTab>();
  let opened = 0;
  let countedAt = 0;

  const authority = createAuthority({
    ...plan,
    now: time.now,
    onEvent(event) {
      if (event.type === "rotated") figures.rotations += 1;
      teller.server(event);
      laws.serverEvent(event);
    },
  });
  const laws = createLaws({ plan, time, authority });

  /** Between the two if latencies vary, else `usual`. */
  function spread(purpose: string, low: number, high: number, usual: number): () => number {
    const stream = random.fork(purpose);
    return () => (plan.jitter ? stream.between(low, high) : usual);
  }

  const jar = createCookieJar({ time, lagMs: spread("cookies", 0, 3, 1) });
  const network = createNetwork({
    plan,
    time,
    jar,
    authority,
    random: random.fork("network"),
    events: {
      refreshSent(flight) {
        figures.refreshes += 1;
        teller.sent(flight);
        laws.refreshSent(flight, network.flights());
      },
      refreshDecided: teller.decided,
      setBack: laws.setBack,
    },
  });

  const grantMs = spread("locks", 0.1, 3, 1);
  const lock = createMemoryLock({
    soon(run) {
      figures.lockGrants += 1;
      time.inBrowser(grantMs(), () => {
        // What was written before the lock was given back is seen by who gets it (measured).
        jar.flush();
        run();
      });
    },
  });

  const deliveryMs = spread("deliveries", 0.1, 4, 1);
  const mischief = random.fork("mischief");
  function deliver(run: () => void): void {
    const after = (ms: number): unknown => time.inBrowser(ms, run);
    switch (faults.messages) {
      case "none":
        return void after(deliveryMs());
      case "dropped":
        return;
      case "delayed":
        return void after(mischief.between(100, 30_000));
      case "duplicated":
        after(deliveryMs());
        return void after(mischief.between(5, 5_000));
      case "reordered":
        return void after(mischief.between(0, 500));
    }
  }
  const channel: MemoryChannel = createMemoryChannel({
    deliver,
    onPost(message) {
      figures.messages += 1;
      laws.posted(message);
    },
  });

  async function answerFetch(tab: SimulatedTab, request: Request): Promise<Response> {
    const authorization = request.headers.get("authorization");
    laws.requestSent(tab, new URL(request.url), authorization);
    await new Promise<void>((resolve) => void time.inBrowser(50, () => tab.enter(resolve)));
    const facts = authority.read(authorization?.slice("Bearer ".length) ?? "");
    const isFine = facts !== null && facts.expiresAt > time.now() && !request.headers.has("x-refuse");
    if (isFine || authorization === null) return new Response("fine");
    const challenge = 'Bearer realm="api", error="invalid_token"';
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  }

  const presence = createMemoryPresence();
  const surroundings: Surroundings = {
    plan,
    time,
    random,
    network,
    channel,
    activity,
    lock: lock.tab,
    presence: presence.tab,
    register: jar.view,
    areLocksRefused: () => faults.locksRefused,
    fetch: answerFetch,
    observe(tab: SimulatedTab, turn: Observation) {
      teller.turn(tab.name, turn);
      laws.turn(tab, turn);
      if (turn.effects.some(({ type }) => type === "write-record" || type === "write-hold"))
        laws.registerTexts(jar.texts());
    },
    report: laws.uncaught,
  };

  const stage: Stage = {
    time,
    jar,
    network,
    authority,
    laws,
    channel,
    activity,
    faults,
    tabs,
    robber: lock.tab(),
    loot: null,
    inSlot: (slot) => slots.get(slot) ?? null,
    open(slot, { hidden = false, dialect = 1 } = {}) {
      const tab = openSimulatedTab(surroundings, { slot, name: `t${(opened += 1)}`, dialect, hidden });
      slots.set(slot, tab);
      tabs.add(tab);
      tab.session.start();
    },
    count: (what) => void (figures[what] += 1),
  };

  time.onWake = () => {
    laws.slept();
    for (const tab of tabs) if (mischief.chance(0.5)) tab.focus();
  };

  /** Adds what the tabs lived since the last time, and forgets those that ended. */
  function count(): void {
    const awake = time.awake();
    for (const tab of tabs)
      if (tab.condition === "ended") tabs.delete(tab);
      else figures.tabMs += awake - countedAt;
    countedAt = awake;
  }

  function assertLawful(): void {
    const broken = laws.broken();
    if (broken !== null) throw broken;
  }

  return {
    stage,
    figures,
    async play(step) {
      count();
      teller.step(step);
      perform(stage, step);
      await settle();
      assertLawful();
    },
    async until(end) {
      for (let inOneMoment = 0, before = time.now(); time.step(end); before = time.now()) {
        figures.events += 1;
        await settle();
        assertLawful();
        inOneMoment = time.now() === before ? inOneMoment + 1 : 0;
        if (inOneMoment > circleLimit) throw new LawBroken("L7", "things happen in a circle", before);
      }
      count();
    },
  };
}

/** Nobody sits in front of a machine that sleeps; what is about the world goes on. */
function needsSomebody(step: Step): boolean {
  return "tab" in step || step.do === "thaw-all" || step.do === "sleep";
}

/** All faults end, and every tab comes to the front once. */
async function calmDown({ stage, until }: World): Promise<void> {
  const { faults, jar, laws, network, robber, tabs, time } = stage;
  while (time.isAsleep()) await until(time.now() + 3_600_000);
  network.weather = "fair";
  network.retryAfterMs = undefined;
  faults.messages = "none";
  faults.locksRefused = false;
  laws.disturbed("lock");
  laws.disturbed("register");
  robber.release();
  jar.blocked = false;
  for (const tab of [...tabs]) {
    tab.thaw();
    tab.comeBack();
    tab.show();
    tab.focus();
    await settle();
  }
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
  const isSomebody = whoIs(first.session) !== "nobody" || figures.refreshes > before;
  laws.quiet(figures.refreshes - before, isSomebody ? groups(live, plan) * refreshesInThreeLifetimes : 0);
  const sessionId = jar.version()?.sessionId ?? null;
  const isAlive = sessionId !== null && authority.endOf(sessionId) === null;
  for (const tab of live)
    laws.agrees(tab, whoIs(tab.session), (isAlive ? authority.userOf(sessionId) : null) ?? "nobody");
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
