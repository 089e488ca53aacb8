/**
 * A whole world in one deterministic process: tabs with the real session in them, what they share, the network, the server,
 * and everything that goes wrong. A plan decides all of it.
 */
import type { Observation } from "@lockstep/core/internals";
import { createAuthority } from "../backend/authority.js";
import { createRandom } from "../random.js";
import { perform, type Stage } from "./actions.js";
import { createApi } from "./api.js";
import { createLaws, LawBroken, type Laws } from "./laws.js";
import { createNetwork } from "./network.js";
import type { Plan, Step, Weather } from "./plan.js";
import { createShared } from "./shared.js";
import { createStreams, type StreamEvents, type Streams } from "./streams.js";
import { createTeller, type Tell, type Teller } from "./telling.js";
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
  /** Event streams that tabs asked for. */
  streams: number;
  /** Tabs that were watched until they must have heard what the server decided. */
  judged: number;
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
  streams: 0,
  judged: 0,
};

export interface RunOptions {
  /** Hears what happens, in lines for a reader. */
  readonly tell?: Tell;
}

/** Weathers that hold up nothing that is on its way already. */
const isFair: ReadonlySet<Weather> = new Set(["fair", "sent-twice"]);

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

function watchStreams(figures: Figures, { stream }: Teller, { listening }: Laws): StreamEvents {
  return {
    asked(tab) {
      figures.streams += 1;
      stream(tab.name, "asks for a stream");
      listening.asked(tab);
    },
    opened(tab) {
      stream(tab.name, "has a stream");
      listening.opened(tab);
    },
    closed(tab, closing) {
      stream(tab.name, `hears the end of its stream: ${closing.kind}`);
      listening.closed(tab, closing);
    },
  };
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
  const around = { plan, time, authority };
  const laws = createLaws({
    ...around,
    scene: () => ({
      streams,
      tabs,
      isFair: () => isFair.has(network.weather) && faults.messages === "none" && !time.isAsleep(),
      record: () => jar.view().read().record,
    }),
  });

  const { jar, lock, eventsLock, promptLock, channel, presence } = createShared({
    plan,
    time,
    random,
    fault: () => faults.messages,
    granted: () => void (figures.lockGrants += 1),
    posted(message) {
      figures.messages += 1;
      laws.posted(message);
    },
  });
  const network = createNetwork({
    ...around,
    jar,
    random: random.fork("network"),
    events: {
      refreshSent(flight) {
        figures.refreshes += 1;
        teller.sent(flight);
        laws.refreshSent(flight, network.flights());
      },
      refreshDecided: teller.decided,
      cookiesSet: laws.cookies.cookiesSet,
    },
  });

  const streams: Streams = createStreams({
    ...around,
    jar,
    random: random.fork("streams"),
    climate: () => network,
    events: watchStreams(figures, teller, laws),
  });

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
    eventsLock: eventsLock.tab,
    streams,
    listeningLaws: laws.listening,
    touched: laws.touched,
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
    streams,
    robbers: { session: lock.tab(), events: eventsLock.tab() },
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
    laws.listening.patrolStreams();
    const broken = laws.broken();
    if (broken !== null) throw broken;
  }

  return {
    stage,
    figures,
    async play(step) {
      count();
      teller.step(step);
      laws.listening.stepped();
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
      figures.judged = laws.listening.judged();
    },
  };
}
