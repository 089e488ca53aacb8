/** Plans from seeds: what happens to people's browsers, far more often than in life. */
import { createRandom, type Random } from "../random.js";
import type { Action, Engine, MessageFault, Plan, Step, Weather } from "./plan.js";
import { generateListening } from "./generate-listening.js";
import { foreignMessages, rubbish, urls } from "./foreign-matter.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export interface GenerateOptions {
  readonly seed: number;
  readonly tabs?: number;
  readonly days?: number;
  /** The mean time between two actions. Default 4 minutes. */
  readonly meanGapMs?: number;
  /** When tabs listen to the server. Default: half of the worlds do, in one way or the other. */
  readonly events?: NonNullable<Plan["events"]>;
}

const engines: readonly Engine[] = ["chromium", "chromium", "firefox", "webkit"];
const users = ["ada", "bob", "eve"];
const badWeathers: readonly Weather[] = [
  "slow",
  "offline",
  "request-lost",
  "answer-lost",
  "silent",
  "sent-twice",
  "rate-limited",
  "unavailable",
  "portal",
  "forbidden-by-proxy",
];
const messageFaults: readonly MessageFault[] = ["dropped", "delayed", "duplicated", "reordered"];

type Draw = (random: Random, tab: number, tabs: number) => readonly (Action & { readonly after?: number })[];

/** Two things at once, where the order matters: somebody comes or goes while a request of another tab is on its way. */
const drama: Draw = (random, tab, tabs) => {
  const other = random.integer(0, tabs - 1);
  const between = random.between(10, random.pick([300, 3_000, 25_000]));
  return [
    { do: "weather", weather: random.pick(["slow", "answer-lost", "fair"]) },
    { do: "refresh", tab },
    random.chance(0.5)
      ? { do: "sign-out", tab: other, scope: random.pick(["this", "all"]), after: between }
      : { do: "sign-in", tab: other, user: random.pick(users), answer: "read", after: between },
    { do: "leave-page", tab: random.integer(0, tabs - 1), after: between / 2 },
    { do: "return-to-page", tab, after: between * 2 },
    { do: "get-token", tab, after: between + random.between(60, 40_000) },
    { do: "get-token", tab: other, after: between + random.between(60, 40_000) },
    { do: "weather", weather: "fair", after: 45_000 },
  ];
};

/** What may happen, how often relative to the rest, and what ends it again. */
const repertoire: readonly (readonly [number, Draw])[] = [
  [
    10,
    (random, tab) => [
      { do: "open-tab", tab, hidden: random.chance(0.2), ...(random.chance(0.05) ? { dialect: 7 } : {}) },
    ],
  ],
  [3, (random, tab) => [{ do: "close-tab", tab, told: random.chance(0.7) }]],
  [4, (random, tab) => [{ do: "reload-tab", tab, told: random.chance(0.8) }]],
  [6, (_, tab) => [{ do: "hide-tab", tab }]],
  [8, (_, tab) => [{ do: "show-tab", tab }]],
  [
    3,
    (random, tab) => [
      { do: "freeze-tab", tab, told: random.chance(0.7) },
      { do: "thaw-tab", tab, after: random.between(100, random.pick([5_000, 60_000, hourMs])) },
    ],
  ],
  [
    1,
    (random, _, tabs) => {
      const some = Array.from({ length: tabs }, (__, tab) => tab).filter(() => random.chance(0.6));
      const order = some.toSorted(() => random.next() - 0.5);
      return [
        ...some.map((tab) => ({ do: "freeze-tab", tab, told: random.chance(0.7) }) as const),
        { do: "thaw-all", order, after: random.between(100, 10 * minuteMs) },
      ];
    },
  ],
  [
    4,
    (random, tab) => [
      { do: "leave-page", tab },
      { do: "return-to-page", tab, after: random.between(100, random.pick([5_000, 10 * minuteMs])) },
    ],
  ],
  [
    0.3,
    (_, tab) => [
      { do: "dispose", tab },
      { do: "reload-tab", tab, told: true, after: minuteMs },
    ],
  ],
  [10, (_, tab) => [{ do: "act", tab }]],
  [
    20,
    (random, tab) => [
      { do: "get-token", tab, ...(random.chance(0.2) ? { minValidity: random.between(0, hourMs) } : {}) },
    ],
  ],
  [2, (_, tab) => [{ do: "refresh", tab }]],
  [4, (random, tab) => [{ do: "fetch", tab, url: random.pick(urls), unauthorised: random.chance(0.15) }]],
  [
    4,
    (random, tab) => [
      {
        do: "sign-in",
        tab,
        user: random.pick(users),
        answer: random.pick(["read", "read", "read", "opaque", "refused", "broken"]),
      },
    ],
  ],
  [
    2,
    (random, tab, tabs) => {
      const acr = random.pick(["gold", "gold", "platinum"]);
      const tabsAsking = [tab, random.integer(0, tabs - 1)];
      return tabsAsking.map((each) => ({
        do: "sensitive-fetch",
        tab: each,
        acr,
        answer: random.pick(["right", "right", "right", "wrong-once", "cancelled", "silent"]),
      }));
    },
  ],
  [1, (random, tab) => [{ do: "extend", tab, minutes: random.integer(1, 600) }]],
  [1.5, (random, tab) => [{ do: "sign-out", tab, scope: random.pick(["this", "this", "all", "others"]) }]],
  [
    1,
    (random) => [
      {
        do: "set-clock",
        byMs: random.pick([-1, 1]) * random.between(10, random.pick([1_000, minuteMs, dayMs, 365 * dayMs])),
      },
    ],
  ],
  [1, (random) => [{ do: "sleep", ms: random.between(1_000, random.pick([minuteMs, hourMs, 8 * hourMs])) }]],
  [0.03, (random) => [{ do: "sleep", ms: random.between(dayMs, 4 * dayMs) }]],
  [
    6,
    (random) => [
      {
        do: "weather",
        weather: random.pick(badWeathers),
        ...(random.chance(0.4) ? { retryAfterMs: random.between(1_000, 5 * minuteMs) } : {}),
      },
      {
        do: "weather",
        weather: "fair",
        after: random.between(1_000, random.pick([10_000, 2 * minuteMs, 20 * minuteMs])),
      },
    ],
  ],
  [
    4,
    (random) => [
      { do: "messages", fault: random.pick(messageFaults) },
      { do: "messages", fault: "none", after: random.between(1_000, 10 * minuteMs) },
    ],
  ],
  [1, (random) => [{ do: "forge-message", message: random.pick(foreignMessages) }]],
  [
    0.3,
    (random) => [
      { do: "refuse-locks", refused: true },
      { do: "refuse-locks", refused: false, after: random.between(1_000, 10 * minuteMs) },
    ],
  ],
  [0.5, (random) => [{ do: "rob-lock", ms: random.between(10, minuteMs) }]],
  [
    0.3,
    (random) => [
      { do: "block-cookies", blocked: true },
      { do: "block-cookies", blocked: false, after: random.between(1_000, 10 * minuteMs) },
    ],
  ],
  [0.3, (random) => [{ do: "clear", what: random.pick(["cookies", "storage", "everything"]) }]],
  [
    0.5,
    (random) => [
      {
        do: "scribble",
        slot: random.pick(["record", "hold", "lifetime", "copy"]),
        text: random.pick(rubbish),
      },
    ],
  ],
  [0.3, (random) => [{ do: "steal-cookie" }, { do: "replay-cookie", after: random.between(0, hourMs) }]],
  [0.2, () => [{ do: "revoke" }]],
  [2, drama],
];

const totalWeight = repertoire.reduce((sum, [weight]) => sum + weight, 0);

function drawFrom(random: Random): Draw {
  let at = random.next() * totalWeight;
  for (const [weight, draw] of repertoire) {
    at -= weight;
    if (at < 0) return draw;
  }
  return () => [];
}

function generateSteps(random: Random, tabs: number, durationMs: number, meanGapMs: number): readonly Step[] {
  const steps: Step[] = [
    { at: 0, do: "open-tab", tab: 0 },
    { at: 1_000, do: "sign-in", tab: 0, user: "ada", answer: "read" },
  ];
  for (let at = 2_000; at < durationMs;) {
    for (const { after = 0, ...action } of drawFrom(random)(random, random.integer(0, tabs - 1), tabs))
      steps.push({ ...action, at: Math.round(at + after) });
    // Some things come in the same moment, most do not.
    at += random.chance(0.25) ? random.between(0, 200) : -Math.log(1 - random.next()) * meanGapMs * 1.33;
  }
  return steps;
}

function inOrder(steps: readonly Step[], durationMs: number): readonly Step[] {
  return steps.filter(({ at }) => at < durationMs).toSorted((a, b) => a.at - b.at);
}

/** A world of its own for each seed. */
export function generatePlan(options: GenerateOptions): Plan {
  const { seed, tabs = 5, days = 1, meanGapMs = 4 * minuteMs, events } = options;
  const random = createRandom(seed).fork("plan");
  const durationMs = Math.round(days * dayMs);
  const lifetimeMs = random.pick([2, 5, 5, 10, 15, 60]) * minuteMs;
  const { steps: more, ...listening } = generateListening({ seed, tabs, durationMs, meanGapMs, events });
  return {
    seed,
    engine: random.pick(engines),
    tabs,
    durationMs,
    lifetimeMs,
    idleLifetimeMs: random.pick([0.5, 2, 12, 24 * 7]) * hourMs,
    extensionLimitMs: random.pick([0, 4 * hourMs]),
    absoluteLifetimeMs: random.pick([12, 24 * 7, 24 * 30]) * hourMs,
    // Most servers in here forgive nothing.
    graceMs: random.chance(0.2) ? 10_000 : 0,
    shareToken: !random.chance(0.2),
    keepFresh: random.chance(0.2),
    skewMs: random.pick([0, 0, 1, 50]),
    jitter: true,
    ...listening,
    steps: inOrder([...generateSteps(random, tabs, durationMs, meanGapMs), ...more], durationMs),
  };
}
