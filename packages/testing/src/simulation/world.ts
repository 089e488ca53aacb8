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
import { createApi } from "./api.js";
import { createCookieJar } from "./jar.js";
import { createLaws, LawBroken } from "./laws.js";
import { createNetwork } from "./network.js";
import type { Plan, Step } from "./plan.js";
import { createPost } from "./post.js";
import { createTeller, type Tell } from "./telling.js";
import { openSimulatedTab, type SimulatedTab, type Surroundings } from "./tab.js";
import { createWorldTime } from "./time.js";
import type { Activity } from "./user.js";

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

const nothingYet: Figures = {
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

export interface RunOptions {
  /** Hears what happens, in lines for a reader. */
  readonly tell?: Tell;
}

/** Events without the time going on: more of them are a circle. */
const circleLimit = 20_000;

/**
 * Lets everything run that waits for nothing but its turn: a tick that is asked for among promise jobs comes after the last
 * of them, and costs no round of the event loop.
 */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
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
  const figures: Figures = { ...nothingYet };
  const teller = createTeller(time, tell);
  const faults: Stage["faults"] = { messages: "none", locksRefused: false };
  const activity: Activity = { lastWall: null };
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
  /** What was written before the lock was given back is seen by who gets it (measured). */
  function grantSoon(run: () => void): void {
    time.inBrowser(grantMs(), () => {
      jar.flush();
      run();
    });
  }
  const lock = createMemoryLock({
    soon(run) {
      figures.lockGrants += 1;
      grantSoon(run);
    },
  });
  const promptLock = createMemoryLock({ soon: grantSoon });

  const deliver = createPost({ plan, time, random, fault: () => faults.messages });
  const channel: MemoryChannel = createMemoryChannel({
    deliver,
    onPost(message) {
      figures.messages += 1;
      laws.posted(message);
    },
  });

  const presence = createMemoryPresence();
  const surroundings: Surroundings = {
    plan,
    time,
    random,
    network,
    channel,
    activity,
    lock: lock.tab,
    promptLock: promptLock.tab,
    acted: () => laws.acted(),
    presence: presence.tab,
    register: jar.view,
    areLocksRefused: () => faults.locksRefused,
    fetch: createApi({ time, authority, laws }),
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

  const focuses = random.fork("focuses");
  time.onWake = () => {
    laws.slept();
    for (const tab of tabs) if (focuses.chance(0.5)) tab.focus();
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
