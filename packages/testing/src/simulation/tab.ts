/**
 * One simulated tab: the real session over simulated ports. What the browser does to a page is done here: it runs, stands
 * still, is kept in the back/forward cache, or has ended; and whatever reaches it comes through one gate.
 */
import type { Session } from "@lockstep/core";
import {
  assembleSession,
  createRuntime,
  createSystemClock,
  defaultPolicy,
  type LockPort,
  type Observation,
  type Ports,
  type PresencePort,
  type RegisterPort,
} from "@lockstep/core/internals";
import { createFakeLifecycle } from "../doubles/fake-lifecycle.js";
import type { MemoryChannel } from "../doubles/memory-channel.js";
import type { Random } from "../random.js";
import { gatedLock, gatedPresence, openForeignChannel } from "./gates.js";
import type { ListeningLaws } from "./listening-laws.js";
import type { Network, Sender } from "./network.js";
import type { Plan } from "./plan.js";
import { createTabListening } from "./tab-listening.js";
import { createPrompts, type Answers, type Prompts } from "./prompts.js";
import type { Streams } from "./streams.js";
import { createTabTimers } from "./tab-timers.js";
import { createStopwatch, type WorldTime } from "./time.js";
import { createUser, type Activity } from "./user.js";

/** What a world gives each of its tabs. */
export interface Surroundings {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly random: Random;
  readonly network: Network;
  readonly channel: MemoryChannel;
  readonly lock: () => LockPort;
  /** The one that keeps two tabs from asking the user at once. */
  readonly promptLock: () => LockPort;
  /** The one of who listens. */
  readonly eventsLock: () => LockPort;
  readonly streams: Streams;
  readonly listeningLaws: ListeningLaws;
  readonly presence: () => PresencePort;
  readonly register: () => RegisterPort;
  /** When the user last did something, in any tab, by the wall clock. */
  readonly activity: Activity;
  /** The user did something. */
  readonly acted: () => void;
  /** A tab counts this moment as activity. */
  readonly touched: (tab: SimulatedTab) => void;
  readonly areLocksRefused: () => boolean;
  readonly fetch: (tab: SimulatedTab, request: Request) => Promise<Response>;
  readonly observe: (tab: SimulatedTab, turn: Observation) => void;
  readonly report: (tab: SimulatedTab, error: unknown) => void;
}

export type Condition = "running" | "frozen" | "cached" | "ended";

export interface SimulatedTab extends Sender {
  readonly slot: number;
  readonly session: Session;
  condition: Condition;
  isDisposed: boolean;
  /** What the user does when this tab asks for more proof. */
  answers: Answers;
  /** The protocol version that its messages carry. */
  readonly dialect: number;
  /** Milliseconds that this tab ran. */
  ranMs(): number;
  /** When it last went on after it had stood still, in true time. */
  thawedAt(): number;
  /** When it was last hidden, in milliseconds awake; `null` while it is visible. */
  hiddenSince(): number | null;
  /** Whether the page was told, when it was frozen last. */
  wasTold(): boolean;
  /** How many timers are armed. */
  timers(): number;
  /** The user does something. */
  act(): void;
  hide(): void;
  show(): void;
  freeze(told: boolean): void;
  thaw(): void;
  focus(): void;
  /** The browser says that the connection is back. */
  online(): void;
  leave(): void;
  comeBack(): void;
  end(told: boolean): void;
}

/** What may wait in front of a tab that stands still. */
const inboxLimit = 5_000;

/** The API that gets the token. */
export const audienceOrigin = "https://api.example";

/** The real session on these ports. */
function assemble(
  { plan, fetch, report, observe }: Surroundings,
  tab: () => SimulatedTab,
  { stepUp }: Prompts,
  createPorts: () => Ports,
): Session {
  return assembleSession({
    canStart: () => true,
    boot() {
      return createRuntime({
        policy: { ...defaultPolicy, shareToken: plan.shareToken, keepFresh: plan.keepFresh },
        createPorts,
        report: (error) => report(tab(), error),
        observe: (turn) => observe(tab(), turn),
      });
    },
    fetch: async (input, init) => fetch(tab(), new Request(input, init)),
    isAudience: ({ origin }) => origin === audienceOrigin,
    replayUnsafe: false,
    endpoint: () => "https://app.example/session",
    stepUp,
  });
}

export function openSimulatedTab(
  surroundings: Surroundings,
  { slot, name, dialect, hidden }: { slot: number; name: string; dialect: number; hidden: boolean },
): SimulatedTab {
  const { plan, time, network } = surroundings;
  const random = surroundings.random.fork(name);
  const lifecycle = createFakeLifecycle();
  const register = surroundings.register();
  const lock = surroundings.lock();
  const presence = surroundings.presence();
  const inbox: (() => void)[] = [];
  const skew = random.between(-plan.skewMs, plan.skewMs);
  let wasTold = false;
  let thawedAt = -Infinity;
  let hiddenSince: number | null = null;
  let endedAt: number | null = null;
  let cachedAt: number | null = null;
  const running = createStopwatch(time.awake);

  function enter(run: () => void): void {
    if (tab.condition === "running") run();
    else if (tab.condition !== "ended" && inbox.length < inboxLimit) inbox.push(run);
  }

  function stop(condition: Condition): void {
    running.stop();
    tab.condition = condition;
  }

  function goOn(): void {
    tab.condition = "running";
    thawedAt = time.now();
    running.start();
    for (const run of inbox.splice(0)) enter(run);
  }

  const timerOptions = { time, engine: plan.engine, enter, hiddenSince: () => hiddenSince };
  const timers = createTabTimers(timerOptions);
  const prompts = createPrompts({
    ...surroundings,
    random,
    enter,
    lock: gatedLock({ ...surroundings, lock: surroundings.promptLock(), enter }),
    timers: createTabTimers(timerOptions),
    isVisible: () => hiddenSince === null,
    answers: () => tab.answers,
  });

  function receive(data: unknown, onMessage: (data: unknown) => void): void {
    // A page in the cache that is sent a message is thrown out of it; WebKit loses the message instead.
    if (tab.condition !== "cached") enter(() => onMessage(data));
    else if (plan.engine !== "webkit") tab.end(false);
  }

  const clock = createSystemClock({ monotonic: () => time.awake() + 1_000, wall: () => time.wall() + skew });
  const user = createUser(surroundings.activity, clock, () => surroundings.touched(tab));
  const entropy = { roll: random.next, tabId: () => name };
  const listening = createTabListening(surroundings, () => tab, { random, enter, clock, entropy, timers });

  const tab: SimulatedTab = {
    slot,
    name,
    condition: "running",
    isDisposed: false,
    answers: "right",
    dialect,
    session: assemble(
      surroundings,
      () => tab,
      prompts,
      () => ({
        clock,
        entropy,
        timers,
        lock: gatedLock({ ...surroundings, lock, enter }),
        presence: gatedPresence({ time, presence, enter, delayMs: () => random.between(0.2, 2) }),
        register: { ...register, attach: (on) => register.attach(() => enter(on)) },
        transport: network.transport(tab),
        lifecycle,
        activity: user.port,
        ...listening.port,
        openChannel: (onMessage) =>
          openForeignChannel(surroundings.channel, dialect, (data) => receive(data, onMessage)),
      }),
    ),
    enter,
    endedAt: () => endedAt,
    lostPromises: (sentAt) => plan.engine !== "chromium" && cachedAt !== null && sentAt <= cachedAt,
    ranMs: running.ms,
    thawedAt: () => thawedAt,
    hiddenSince: () => hiddenSince,
    wasTold: () => wasTold,
    timers: () => timers.count() + prompts.timers(),
    act: user.act,
    hide() {
      if (hiddenSince !== null || tab.condition !== "running") return;
      hiddenSince = time.awake();
      lifecycle.hide();
      prompts.visibilityChanged();
    },
    show() {
      if (hiddenSince === null || tab.condition !== "running") return;
      hiddenSince = null;
      lifecycle.show();
      prompts.visibilityChanged();
    },
    freeze(told) {
      if (tab.condition !== "running") return;
      if (told) lifecycle.emit({ type: "suspended", cause: "frozen" });
      wasTold = told;
      stop("frozen");
    },
    thaw() {
      if (tab.condition !== "frozen") return;
      if (!wasTold) return goOn();
      // The event and what was queued meanwhile come in either order.
      const resume = (): void => lifecycle.emit({ type: "woke", cause: "resumed" });
      inbox[random.chance(0.5) ? "unshift" : "push"](resume);
      goOn();
    },
    focus() {
      if (hiddenSince === null) enter(() => lifecycle.emit({ type: "woke", cause: "focused" }));
    },
    online: () => enter(() => lifecycle.emit({ type: "woke", cause: "online" })),
    leave() {
      if (tab.condition !== "running") return;
      lifecycle.emit({ type: "suspended", cause: "left" });
      cachedAt = time.now();
      stop("cached");
      // Firefox keeps no page that held a lock, and presence is one.
      if (plan.engine === "firefox") tab.end(false);
    },
    comeBack() {
      if (tab.condition !== "cached") return;
      inbox.unshift(() => lifecycle.emit({ type: "woke", cause: "restored" }));
      goOn();
    },
    end(told) {
      if (tab.condition === "ended") return;
      if (told && tab.condition === "running") lifecycle.emit({ type: "suspended", cause: "left" });
      stop("ended");
      endedAt = time.now();
      inbox.length = 0;
      timers.cancelAll();
      listening.end();
      prompts.stepUp.timers.cancelAll();
      // The browser process takes its time to notice (measured: 5 to 400 ms).
      time.inBrowser(random.between(5, 400), () => {
        lock.release();
        listening.releaseLock();
        prompts.stepUp.lock.release();
        presence.withdraw();
      });
    },
  };
  if (hidden) tab.hide();
  return tab;
}
