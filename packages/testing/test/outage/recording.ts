/** What one browser did in an outage, as a list. */
import type { Hold } from "@lockstep/core/internals";
import { lockstep, type Client } from "../../src/outage/client.js";
import type { Habits } from "../../src/outage/habits.js";
import type { Observer } from "../../src/outage/observer.js";
import { playOutage } from "../../src/outage/play.js";
import { roomForAll, roomForSome, type Scenario } from "../../src/outage/scenario.js";

export type Entry =
  | { readonly what: "requested" | "granted"; readonly at: number }
  | { readonly what: "paused"; readonly at: number; readonly hold: Hold };

export class Recording implements Observer {
  readonly entries: Entry[] = [];
  isVisible = false;

  requested(at: number): void {
    this.entries.push({ what: "requested", at });
  }

  paused(at: number, hold: Hold): void {
    this.entries.push({ what: "paused", at, hold });
  }

  granted(at: number, _: number, { visible }: Habits): void {
    this.isVisible = visible;
    this.entries.push({ what: "granted", at });
  }

  requestedAt(): readonly number[] {
    return this.entries.flatMap(({ what, at }) => (what === "requested" ? [at] : []));
  }
}

export const scenarios: readonly Scenario[] = [...roomForAll, ...roomForSome];

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new RangeError(`There is no scenario "${name}".`);
  return found;
}

/** Each seed is another browser: whose tab, opened when, and what its die shows. */
const seeds = Array.from({ length: 150 }, (_, index) => 0x5eed + index);

export function recordAlone(scenario: Scenario, client: Client = lockstep): readonly Recording[] {
  return seeds.map((seed) => {
    const recording = new Recording();
    playOutage({ scenario, client, seed, browsers: 1 }, recording);
    return recording;
  });
}
