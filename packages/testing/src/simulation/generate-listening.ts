/** What happens, beside the rest, in worlds whose tabs listen to the server: half of all. Drawn apart, so that the others stay as they are. */
import { createRandom, type Random } from "../random.js";
import type { Action, Plan, Step } from "./plan.js";

const minuteMs = 60_000;

/** On average there passes so long between two of these, in gaps between other actions. */
const gaps = 4;

type Draw = (random: Random, tab: number, tabs: number) => readonly (Action & { readonly after?: number })[];

const signInAgain: Draw = (random, tab) => {
  const after = random.between(1_000, random.pick([10_000, 10 * minuteMs]));
  return [
    { do: "open-tab", tab, after },
    { do: "sign-in", tab, user: random.pick(["ada", "bob"]), answer: "read", after: after + 1_000 },
  ];
};

const repertoire: readonly (readonly [number, Draw])[] = [
  [
    4,
    (random, ...where) => [
      { do: "revoke", reason: random.pick(["revoked", "signed-out"]) },
      ...signInAgain(random, ...where),
    ],
  ],
  [4, () => [{ do: "change-user" }]],
  // While the stream changes hands.
  [
    3,
    (random, tab, tabs) => {
      const other = random.integer(0, tabs - 1);
      const told = random.chance(0.7);
      const leave = random.pick<Action>([
        { do: "hide-tab", tab },
        { do: "leave-page", tab },
        { do: "freeze-tab", tab, told },
        { do: "close-tab", tab, told },
      ]);
      const after = random.between(0, random.pick([100, 2_000]));
      return [
        { do: "show-tab", tab: other },
        leave,
        random.chance(0.5) ? { do: "revoke", after } : { do: "change-user", after },
        { do: "show-tab", tab, after: after + random.between(0, 5_000) },
        { do: "thaw-tab", tab, after: after + random.between(0, 5_000) },
        { do: "return-to-page", tab, after: after + random.between(0, 5_000) },
        ...signInAgain(random, other, tabs),
      ];
    },
  ],
  [2, (random) => [{ do: "break-streams", how: random.pick(["by-restart", "loudly", "silently"]) }]],
  [
    1,
    (random) => [
      { do: "stream-answers", answer: random.pick(["missing", "refused"]) },
      // So that somebody asks.
      { do: "break-streams", how: "by-restart" },
      { do: "stream-answers", answer: "served", after: random.between(1_000, 30 * minuteMs) },
    ],
  ],
  [1, (random) => [{ do: "rob-lock", which: "events", ms: random.between(10, minuteMs) }]],
];

const totalWeight = repertoire.reduce((sum, [weight]) => sum + weight, 0);

function drawFrom(random: Random): Draw {
  let at = random.next() * totalWeight;
  return repertoire.find(([weight]) => (at -= weight) < 0)?.[1] ?? (() => []);
}

export interface ListeningOptions {
  readonly seed: number;
  readonly tabs: number;
  readonly durationMs: number;
  readonly meanGapMs: number;
  /** Default: drawn. */
  readonly events: Plan["events"];
}

export function generateListening(options: ListeningOptions): Pick<Plan, "events" | "eventsBy" | "steps"> {
  const { seed, tabs, durationMs, meanGapMs } = options;
  const random = createRandom(seed).fork("listening");
  const drawn = random.chance(0.5) ? undefined : random.pick(["visible", "visible", "always"] as const);
  const events = options.events ?? drawn;
  if (events === undefined) return { steps: [] };
  const steps: Step[] = [];
  const nextGap = (): number => -Math.log(1 - random.next()) * meanGapMs * gaps;
  for (let at = nextGap(); at < durationMs; at += nextGap())
    for (const { after = 0, ...action } of drawFrom(random)(random, random.integer(0, tabs - 1), tabs))
      steps.push({ ...action, at: Math.round(at + after) });
  return {
    events,
    eventsBy: random.pick(["cookie", "cookie", "token"]),
    steps,
  };
}
