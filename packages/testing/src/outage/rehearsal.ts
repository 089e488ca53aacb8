/** Which outages are played with which clients, and with how many browsers: a row of the report each. */
import { everySecond, lockstep, withoutJitter, type Client } from "./client.js";
import { playOutage } from "./play.js";
import { roomForAll, roomForSome, type Scenario } from "./scenario.js";
import { Tally, type Figures } from "./tally.js";

export interface Rehearsal {
  readonly scenario: Scenario;
  readonly client: Client;
  /** One browser of so many is played. */
  readonly oneOf: number;
}

export interface Result {
  readonly scenario: Scenario;
  readonly client: Client;
  /** What rates are to be multiplied by, because not all browsers were played. */
  readonly scale: number;
  readonly figures: Figures;
  /** Requests by the second, of the browsers that were played. */
  readonly requests: Uint32Array;
}

export interface Setting {
  readonly seed: number;
  readonly browsers: number;
}

const rehearsal = (scenario: Scenario, client: Client, oneOf: number): Rehearsal => ({
  scenario,
  client,
  oneOf,
});

/** A client that tries every second sends fifty times as much, and looks the same every second: a few will do. */
const rehearsals: readonly Rehearsal[] = [
  ...roomForAll.flatMap((scenario) => [
    rehearsal(scenario, lockstep, 1),
    rehearsal(scenario, withoutJitter, 10),
    rehearsal(scenario, everySecond, 100),
  ]),
  // Played together, they are all in memory at once.
  ...roomForSome.flatMap((scenario) => [
    rehearsal(scenario, lockstep, 10),
    rehearsal(scenario, withoutJitter, 10),
    rehearsal(scenario, everySecond, 100),
  ]),
];

/** Fewer would say little about all. */
const leastPlayed = 1_000;

function rehearse({ scenario, client, oneOf }: Rehearsal, { seed, browsers }: Setting): Result {
  const tally = new Tally();
  const played = Math.min(browsers, Math.max(leastPlayed, Math.ceil(browsers / oneOf)));
  playOutage({ scenario, client, seed, browsers: played }, tally);
  return {
    scenario,
    client,
    scale: browsers / played,
    figures: tally.figures(),
    requests: tally.requests,
  };
}

/** Plays them all, one after the other: each result comes as soon as it is there. */
export function* rehearseAll(setting: Setting): Generator<Result, void> {
  for (const chosen of rehearsals) yield rehearse(chosen, setting);
}
