import { createManualClock, watch } from "@lockstep/testing";
import { describe, expect, it } from "vitest";

describe("time in the hands of a test", () => {
  it("stands still unless it is made to pass", async () => {
    const clock = createManualClock();
    const [awake, wall, passed] = [clock.monotonic(), clock.wall(), clock.passed()];
    await clock.advance(5_000);
    expect([clock.monotonic() - awake, clock.wall() - wall, clock.passed() - passed]).toEqual([
      5_000, 5_000, 5_000,
    ]);
  });

  it("passes without the machine while that sleeps, and no timer fires", async () => {
    const clock = createManualClock();
    const [awake, wall, passed] = [clock.monotonic(), clock.wall(), clock.passed()];
    let fired = 0;
    clock.timers().arm("a", 1_000, () => (fired += 1));
    clock.sleep(8_000);
    await clock.advance(0);
    expect([clock.monotonic() - awake, clock.wall() - wall, clock.passed() - passed]).toEqual([
      0, 8_000, 8_000,
    ]);
    expect(fired).toBe(0);
    await clock.advance(1_000);
    expect(fired).toBe(1);
  });

  it("a stepped wall clock is no time", () => {
    const clock = createManualClock();
    const [wall, passed] = [clock.wall(), clock.passed()];
    clock.step(-3_600_000);
    expect([clock.wall() - wall, clock.passed() - passed]).toEqual([-3_600_000, 0]);
  });

  it("what is due fires in its order, at its own time, and what follows from it happens before the next", async () => {
    const clock = createManualClock();
    const start = clock.monotonic();
    const log: string[] = [];
    const note = (name: string) => async (): Promise<void> => {
      log.push(`${name} at ${clock.monotonic() - start}`);
      await Promise.resolve();
      log.push(`after ${name}`);
    };
    const [one, other] = [clock.timers(), clock.timers()];
    one.arm("late", 30, () => void note("late")());
    other.arm("early", 10, () => void note("early")());
    one.arm("as early", 10, () => void note("as early")());
    await clock.advance(100);
    expect(log).toEqual([
      "early at 10",
      "after early",
      "as early at 10",
      "after as early",
      "late at 30",
      "after late",
    ]);
    expect(clock.monotonic() - start).toBe(100);
  });

  it("tells which timers are armed", async () => {
    const clock = createManualClock();
    const timers = clock.timers();
    timers.arm("a", 10, () => undefined);
    timers.arm("b", 20, () => undefined);
    timers.arm("c", 30, () => undefined);
    timers.cancel("c");
    expect(timers.armed()).toEqual(["a", "b"]);
    await clock.advance(10);
    expect(timers.armed()).toEqual(["b"]);
  });

  it("L7: timers that fire in a circle end a test instead of hanging it", async () => {
    const clock = createManualClock();
    const timers = clock.timers();
    const again = (): void => timers.arm("again", 0, again);
    again();
    await expect(clock.advance(1)).rejects.toThrow("in a circle");
  });

  it("a timer that comes back every millisecond is no circle", async () => {
    const clock = createManualClock();
    const timers = clock.timers();
    let count = 0;
    const again = (): void => {
      count += 1;
      timers.arm("again", 1, again);
    };
    again();
    await clock.advance(2_500);
    expect(count).toBe(2_501);
  });

  it("does not pass twice at once", async () => {
    const clock = createManualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow("await the last advance()");
    await first;
    await clock.advance(10);
  });

  it("does not pass backwards, or for ever", async () => {
    const clock = createManualClock();
    for (const ms of [-1, Infinity, Number.NaN])
      await expect(clock.advance(ms)).rejects.toBeInstanceOf(RangeError);
  });
});

describe("a watched promise", () => {
  it("shows how it stands, and a rejection of it is nobody's accident", async () => {
    let resolve = (_: number): void => undefined;
    const [kept, broken] = [
      watch(new Promise<number>((settle) => (resolve = settle))),
      watch(Promise.reject(new Error("no"))),
    ];
    expect(kept.outcome).toEqual({ status: "pending" });
    resolve(1);
    await createManualClock().advance(0);
    expect(kept.outcome).toEqual({ status: "resolved", value: 1 });
    expect(broken.outcome).toEqual({ status: "rejected", error: new Error("no") });
  });
});
