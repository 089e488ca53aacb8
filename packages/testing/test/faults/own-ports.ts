/** Ports that a tab has to itself, each with one fault, before the suite of their kind. */
import {
  createFakeBackend,
  createFakeLifecycle,
  createManualClock,
  createMemoryRegister,
} from "@lockstep/testing";
import {
  clockConformance,
  lifecycleConformance,
  timersConformance,
  transportConformance,
} from "@lockstep/testing/conformance";
import type { Faults } from "./shared-ports.js";

const nothing = (): undefined => undefined;

export function lifecycleFaults(): Faults {
  const create = (change: (life: ReturnType<typeof createFakeLifecycle>) => object) => () =>
    lifecycleConformance(() => {
      const life = createFakeLifecycle();
      return { lifecycle: { ...life, ...change(life) }, hide: life.hide, show: life.show };
    });
  return {
    "is always visible": create(() => ({ isVisible: () => true })),
    "tells nobody": create(() => ({ attach: () => nothing })),
    "tells on after detaching": create(({ attach }) => ({
      attach(on: never) {
        attach(on);
        return nothing;
      },
    })),
  };
}

export function timersFaults(): Faults {
  const create =
    (change: (timers: ReturnType<ReturnType<typeof createManualClock>["timers"]>) => object) => () =>
      timersConformance(() => {
        const clock = createManualClock();
        const timers = clock.timers();
        return { timers: { ...timers, ...change(timers) }, now: clock.monotonic, pass: clock.advance };
      });
  return {
    "never fire": create(() => ({ arm: nothing })),
    "fire at once": create(({ arm }) => ({
      arm: (name: string, _: number, fire: () => void) => arm(name, 0, fire),
    })),
    "fire twice": create(({ arm }) => ({
      arm(name: string, delayMs: number, fire: () => void) {
        arm(name, delayMs, fire);
        arm(`${name} again`, delayMs, fire);
      },
    })),
    "wrap round at 32 bits": create(({ arm }) => ({
      arm: (name: string, delayMs: number, fire: () => void) => arm(name, delayMs | 0, fire),
    })),
    "cannot be cancelled": create(() => ({ cancel: nothing, cancelAll: nothing })),
  };
}

export function clockFaults(): Faults {
  const create =
    (now: (at: { awake: number; wall: number }) => number, wallOf = (wall: number) => wall) =>
    () =>
      clockConformance(() => {
        const at = { awake: 0, wall: 0 };
        return {
          clock: { now: () => now(at), wall: () => wallOf(at.wall) },
          pass(ms) {
            at.awake += ms;
            at.wall += ms;
          },
          sleep: (ms) => void (at.wall += ms),
          stepWall: (ms) => void (at.wall += ms),
          elapsedMs: () => 0,
        };
      });
  return {
    "stands still": create(() => 0),
    "does not count sleep": create(({ awake }) => awake),
    "trusts the wall": create(({ wall }) => wall),
    "runs twice as fast": create(({ awake, wall }) => 2 * Math.max(awake, wall)),
    "has a wall of its own": create(
      ({ awake }) => awake,
      () => 0,
    ),
  };
}

async function fails(): Promise<never> {
  throw new TypeError("Failed to fetch");
}

export function transportFaults(): Faults {
  const create = (logsIn: boolean, change: object) => () =>
    transportConformance(() => {
      const clock = createManualClock();
      const backend = createFakeBackend(clock, createMemoryRegister());
      if (logsIn) backend.logIn("ada");
      return {
        transport: { ...backend.transport(() => true), ...change },
        settle: () => clock.advance(1_000),
      };
    });
  return {
    "always works": create(true, {}),
    "always ends": create(false, {}),
    rejects: create(true, {
      refresh: fails,
      signOut: fails,
    }),
    "knows nobody": create(true, { identify: () => null }),
  };
}
