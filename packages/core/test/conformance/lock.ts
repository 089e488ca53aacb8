/** What the session needs of the lock that all tabs queue for. */
import { describe, expect, it } from "vitest";
import type { LockCallbacks, LockPort } from "../../src/runtime/ports.js";

export interface LockUnderTest {
  /** Another tab's way to the same lock. */
  tab(): LockPort;
  settle(): Promise<void>;
}

/** Writes down what the lock says. */
function recorder(log: string[], name: string): LockCallbacks {
  return {
    granted: () => void log.push(`${name} granted`),
    refused: (reason) => void log.push(`${name} refused: ${reason}`),
    stolen: () => void log.push(`${name} stolen`),
  };
}

export function describeLockConformance(name: string, create: () => LockUnderTest): void {
  const open = () => {
    const { tab, settle } = create();
    const log: string[] = [];
    const [a, b, c] = [tab(), tab(), tab()];
    const ask = (lock: LockPort, who: string, steal = false): void => lock.request(steal, recorder(log, who));
    return { a, b, c, ask, log, settle };
  };

  describe(`L1: ${name} has one holder at a time`, () => {
    it("a free lock is granted, and not before the request has returned", async () => {
      const { a, ask, log, settle } = open();
      ask(a, "a");
      expect(log).toEqual([]);
      await settle();
      expect(log).toEqual(["a granted"]);
    });

    it("the others wait, and get it in their order", async () => {
      const { a, b, c, ask, log, settle } = open();
      ask(a, "a");
      ask(b, "b");
      ask(c, "c");
      await settle();
      expect(log).toEqual(["a granted"]);
      a.release();
      await settle();
      expect(log).toEqual(["a granted", "b granted"]);
      b.release();
      await settle();
      expect(log).toEqual(["a granted", "b granted", "c granted"]);
    });

    it("release leaves the queue, and nobody is called back", async () => {
      const { a, b, c, ask, log, settle } = open();
      ask(a, "a");
      ask(b, "b");
      ask(c, "c");
      await settle();
      b.release();
      a.release();
      await settle();
      expect(log).toEqual(["a granted", "c granted"]);
    });

    it("a lock granted in the very moment we left the queue is given back", async () => {
      const { a, b, ask, log, settle } = open();
      ask(a, "a");
      a.release();
      await settle();
      expect(log).toEqual([]);
      ask(b, "b");
      await settle();
      expect(log).toEqual(["b granted"]);
    });

    it("a second request replaces the first, whether that waits or holds", async () => {
      const { a, b, c, ask, log, settle } = open();
      ask(a, "a");
      await settle();
      ask(b, "b1");
      ask(b, "b2");
      ask(a, "a2");
      await settle();
      b.release();
      await settle();
      a.release();
      ask(c, "c");
      await settle();
      expect(log).toEqual(["a granted", "b2 granted", "a2 granted", "c granted"]);
    });

    it("release of nothing, and release twice, do nothing to others", async () => {
      const { a, b, ask, log, settle } = open();
      b.release();
      ask(a, "a");
      await settle();
      b.release();
      b.release();
      ask(b, "b");
      await settle();
      expect(log).toEqual(["a granted"]);
    });
  });

  describe(`L7: ${name} can be taken from a holder that hangs`, () => {
    it("R-017: the thief holds it, the holder hears of it once", async () => {
      const { a, b, ask, log, settle } = open();
      ask(a, "a");
      await settle();
      ask(b, "b", true);
      await settle();
      expect(log.toSorted()).toEqual(["a granted", "a stolen", "b granted"]);
    });

    it("whoever was stolen from frees nothing by releasing", async () => {
      const { a, b, c, ask, log, settle } = open();
      ask(a, "a");
      await settle();
      ask(b, "b", true);
      await settle();
      ask(c, "c");
      a.release();
      await settle();
      expect(log).not.toContain("c granted");
      b.release();
      await settle();
      expect(log).toContain("c granted");
    });

    it("the queue keeps its order behind the thief", async () => {
      const { a, b, c, ask, log, settle } = open();
      ask(a, "a");
      ask(b, "b");
      await settle();
      ask(c, "c", true);
      await settle();
      expect(log).not.toContain("b granted");
      c.release();
      await settle();
      expect(log).toContain("b granted");
    });

    it("whoever was stolen from may queue again", async () => {
      const { a, b, ask, log, settle } = open();
      ask(a, "a");
      await settle();
      ask(b, "b", true);
      await settle();
      ask(a, "a2");
      await settle();
      expect(log).not.toContain("a2 granted");
      b.release();
      await settle();
      expect(log).toContain("a2 granted");
    });

    it("stealing a free lock is getting it", async () => {
      const { a, ask, log, settle } = open();
      ask(a, "a", true);
      await settle();
      expect(log).toEqual(["a granted"]);
    });

    it("a theft is no end: the thief can be stolen from", async () => {
      const { a, b, ask, log, settle } = open();
      ask(a, "a", true);
      await settle();
      ask(b, "b", true);
      await settle();
      ask(a, "a2", true);
      await settle();
      expect(log.toSorted()).toEqual(["a granted", "a stolen", "a2 granted", "b granted", "b stolen"]);
    });

    it("letting go in the moment of a theft is heard as neither", async () => {
      const { a, b, ask, log, settle } = open();
      ask(a, "a");
      await settle();
      ask(b, "b", true);
      a.release();
      await settle();
      expect(log).toEqual(["a granted", "b granted"]);
    });
  });
}
