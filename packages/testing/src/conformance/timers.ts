/** What the session needs of timers. */
import type { TimersPort } from "@lockstep/core/internals";
import { between, equal } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface TimersUnderTest extends Closable {
  readonly timers: TimersPort;
  /** Milliseconds on the clock that the timers go by. */
  now(): number;
  /** Lets time pass: so much at least, where nobody holds it in hand. */
  pass(ms: number): Promise<unknown>;
}

const day = 86_400_000;

/** A timer may fire so much too early: clocks round. */
const roundingMs = 2;

/** Looks that are taken for a timer that is due; each lets some time pass. */
const looks = 200;

/** When a timer fired, since it was armed. */
function watched({ now }: TimersUnderTest): { readonly firedMs: number[]; readonly fire: () => void } {
  const armedAt = now();
  const firedMs: number[] = [];
  return { firedMs, fire: () => void firedMs.push(now() - armedAt) };
}

/** Waits for something that is due by now: for as long as it takes, within reason. */
async function due({ pass }: TimersUnderTest, firedMs: readonly number[]): Promise<void> {
  for (let look = 0; firedMs.length === 0 && look < looks; look += 1) await pass(10);
  equal(firedMs.length, 1, "how often the timer fired");
}

function waitsToTheEnd(delayMs: number) {
  return async (subject: TimersUnderTest): Promise<void> => {
    const { firedMs, fire } = watched(subject);
    subject.timers.arm("a", delayMs, fire);
    equal(firedMs, [], "firing inside arm()");
    await subject.pass(delayMs);
    await due(subject, firedMs);
    between(firedMs[0] ?? null, delayMs - roundingMs, Infinity, "when the timer fired");
    await subject.pass(delayMs + 20);
    equal(firedMs.length, 1, "how often the timer fired");
  };
}

function firesSoon(delayMs: number) {
  return async (subject: TimersUnderTest): Promise<void> => {
    const { firedMs, fire } = watched(subject);
    subject.timers.arm("a", delayMs, fire);
    equal(firedMs, [], "firing inside arm()");
    await due(subject, firedMs);
    await subject.pass(50);
    equal(firedMs.length, 1, "how often the timer fired");
  };
}

function staysQuiet(delayMs: number, forMs: number) {
  return async (subject: TimersUnderTest): Promise<void> => {
    const { firedMs, fire } = watched(subject);
    subject.timers.arm("a", delayMs, fire);
    await subject.pass(forMs);
    equal(firedMs, [], "when the timer fired");
    subject.timers.cancel("a");
  };
}

function each(
  delays: readonly number[],
  title: (delayMs: number) => string,
  keep: (delayMs: number) => (subject: TimersUnderTest) => Promise<void>,
): Record<string, (subject: TimersUnderTest) => Promise<void>> {
  return Object.fromEntries(delays.map((delayMs) => [title(delayMs), keep(delayMs)]));
}

const toTheEnd = (delayMs: number): string => `a delay of ${delayMs} ms is waited for, to the end`;
const farAhead = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5_000];

/** Those that show in real time. */
function quickCases(create: () => TimersUnderTest): readonly ConformanceCase[] {
  const promises = {
    ...each([0, 1, 50], toTheEnd, waitsToTheEnd),
    ...each(
      [-1, -Infinity, Number.NaN],
      (delayMs) => `a delay of ${delayMs} fires soon and once: never is worse than now`,
      firesSoon,
    ),
    ...each(
      [...farAhead, Infinity],
      (delayMs) => `Scenario 16: a delay of ${delayMs} ms does not fire at once`,
      (delayMs) => staysQuiet(delayMs, 100),
    ),

    "arming a name again replaces its timer": async (subject: TimersUnderTest) => {
      const [first, second] = [watched(subject), watched(subject)];
      subject.timers.arm("a", 20, first.fire);
      subject.timers.arm("a", 60, second.fire);
      await due(subject, second.firedMs);
      between(second.firedMs[0] ?? null, 60 - roundingMs, Infinity, "when the second fired");
      equal(first.firedMs, [], "when the first fired");
    },

    "a timer may arm itself again": async (subject: TimersUnderTest) => {
      const last = watched(subject);
      let count = 0;
      const fire = (): void => {
        count += 1;
        if (count < 3) subject.timers.arm("a", 20, fire);
        else last.fire();
      };
      subject.timers.arm("a", 20, fire);
      await due(subject, last.firedMs);
      await subject.pass(50);
      equal(count, 3, "how often it fired");
    },

    "names do not touch each other, and a cancelled timer never fires": async (subject: TimersUnderTest) => {
      const [a, b, c] = [watched(subject), watched(subject), watched(subject)];
      subject.timers.arm("a", 20, a.fire);
      subject.timers.arm("b", 20, b.fire);
      subject.timers.arm("c", 20, c.fire);
      subject.timers.cancel("c");
      subject.timers.cancel("nobody");
      await due(subject, a.firedMs);
      await due(subject, b.firedMs);
      await subject.pass(50);
      equal(c.firedMs, [], "when the cancelled one fired");
    },

    "cancelAll leaves nothing": async (subject: TimersUnderTest) => {
      const { firedMs, fire } = watched(subject);
      subject.timers.arm("a", 20, fire);
      subject.timers.arm("b", 2 ** 31, fire);
      subject.timers.cancelAll();
      await subject.pass(100);
      equal(firedMs, [], "when they fired");
    },
  };
  return casesOf("R-060, timers", create, promises);
}

/** Those that need weeks. */
function slowCases(create: () => TimersUnderTest): readonly ConformanceCase[] {
  const promises = {
    ...each([60_000, day, day + 1], toTheEnd, waitsToTheEnd),
    ...each(farAhead, toTheEnd, waitsToTheEnd),
    "an infinite delay never fires": staysQuiet(Infinity, 100 * day),

    "a timer far ahead that is cancelled never fires": async ({ timers, pass, ...rest }: TimersUnderTest) => {
      const { firedMs, fire } = watched({ timers, pass, ...rest });
      timers.arm("far", 3 * day, fire);
      timers.arm("farther", 2 ** 31, fire);
      await pass(2 * day);
      timers.cancel("far");
      timers.cancelAll();
      await pass(2 ** 32);
      equal(firedMs, [], "when they fired");
    },
  };
  return casesOf("R-060, timers", create, promises, 2 * 2 ** 32);
}

/** Cases with `lastsMs` above 0 are for timers whose time can be made to pass. */
export function timersConformance(create: () => TimersUnderTest): readonly ConformanceCase[] {
  return [...quickCases(create), ...slowCases(create)];
}
