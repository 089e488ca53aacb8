/**
 * Playing an outage through. No browser feels another as long as the server has room for all, and none is served while
 * it is down: so far they are played one after the other. Where they contend for what a returning server can do, they
 * are played together, in the order of time.
 */
import { createAgenda } from "../agenda.js";
import { Browser } from "./browser.js";
import type { Client } from "./client.js";
import { endsAt, outageEndsAt } from "./course.js";
import { chanceOf, drawHabits } from "./habits.js";
import type { Observer } from "./observer.js";
import type { Scenario } from "./scenario.js";
import { createServer, type Server } from "./server.js";

export interface Play {
  readonly scenario: Scenario;
  readonly client: Client;
  readonly seed: number;
  readonly browsers: number;
}

/** What a server with limits can do in a second, per browser there is: about three times what is normal. */
const capacityPerBrowser = 0.004;

function createBrowser({ scenario, client, seed }: Play, number: number, server: Server, observer: Observer) {
  return new Browser({
    name: `b${number}`,
    client,
    habits: drawHabits(chanceOf(seed, "habits", number)),
    asks: chanceOf(seed, "asks", number),
    dice: chanceOf(seed, "dice", number),
    server,
    observer,
    onlineAt: scenario.backOnline ? outageEndsAt : Number.POSITIVE_INFINITY,
  });
}

/** Up to a time before which no browser can feel another. */
function playAlone(browser: Browser, until: number): void {
  while (browser.nextAt() < until) browser.step();
}

function playTogether(browsers: readonly Browser[]): void {
  const agenda = createAgenda();
  for (const browser of browsers) {
    const run = (): void => {
      browser.step();
      agenda.add(browser.nextAt(), run);
    };
    agenda.add(browser.nextAt(), run);
  }
  while (agenda.nextAt() < endsAt) agenda.take()?.run();
}

/** The same seed, the same requests at the same times. */
export function playOutage(play: Play, observer: Observer): void {
  const { outage, whenFull } = play.scenario;
  const capacity =
    whenFull === null
      ? null
      : { perSecond: Math.ceil(play.browsers * capacityPerBrowser), refusal: whenFull };
  const server = createServer({ outage, capacity });
  const waiting: Browser[] = [];
  for (let number = 0; number < play.browsers; number += 1) {
    const browser = createBrowser(play, number, server, observer);
    playAlone(browser, capacity === null ? endsAt : outageEndsAt);
    if (capacity !== null) waiting.push(browser);
  }
  playTogether(waiting);
}
