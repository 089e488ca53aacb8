/**
 * What the session needs of the lock that all tabs queue for. Requests of two tabs are in order once the lock has had its say
 * between them, and no sooner: each tab has its own line to the lock manager (seen in Chromium).
 */
import type { LockCallbacks, LockPort } from "@lockstep/core/internals";
import { equal, hold } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface LockUnderTest extends Closable {
  /** Another tab's way to the same lock. */
  tab(): LockPort;
  /** Waits until the lock has said what it has to say. */
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

function threeTabs({ tab, settle, close }: LockUnderTest) {
  const log: string[] = [];
  const [a, b, c] = [tab(), tab(), tab()];
  return {
    a,
    b,
    c,
    log,
    settle,
    ask: (lock: LockPort, who: string) => lock.request(false, recorder(log, who)),
    steal: (lock: LockPort, who: string) => lock.request(true, recorder(log, who)),
    heard: (...expected: readonly string[]) => equal(log, expected, "what the lock said"),
    /** Where the order of two tabs' news is nobody's business. */
    heardInAnyOrder: (...expected: readonly string[]) =>
      equal(log.toSorted(), expected.toSorted(), "what the lock said"),
    async close() {
      for (const lock of [a, b, c]) lock.release();
      await close?.();
    },
  };
}

function oneHolder(open: () => ReturnType<typeof threeTabs>): readonly ConformanceCase[] {
  return casesOf("L1, one holder at a time", open, {
    "a free lock is granted, and not before the request has returned": async ({ a, ask, heard, settle }) => {
      ask(a, "a");
      heard();
      await settle();
      heard("a granted");
    },

    "the others wait, and get it in their order": async ({ a, b, c, ask, heard, settle }) => {
      ask(a, "a");
      await settle();
      ask(b, "b");
      await settle();
      ask(c, "c");
      await settle();
      heard("a granted");
      a.release();
      await settle();
      heard("a granted", "b granted");
      b.release();
      await settle();
      heard("a granted", "b granted", "c granted");
    },

    "release leaves the queue, and nobody is called back": async ({ a, b, c, ask, heard, settle }) => {
      ask(a, "a");
      await settle();
      ask(b, "b");
      await settle();
      ask(c, "c");
      await settle();
      b.release();
      a.release();
      await settle();
      heard("a granted", "c granted");
    },

    "granted in the moment we left the queue, it is given back": async ({ a, b, ask, heard, settle }) => {
      ask(a, "a");
      a.release();
      await settle();
      heard();
      ask(b, "b");
      await settle();
      heard("b granted");
    },

    "a second request replaces the first one": async ({ a, b, c, ask, heard, settle }) => {
      ask(a, "a");
      await settle();
      ask(b, "b1");
      ask(b, "b2");
      await settle();
      ask(a, "a2");
      await settle();
      b.release();
      await settle();
      a.release();
      ask(c, "c");
      await settle();
      heard("a granted", "b2 granted", "a2 granted", "c granted");
    },

    "release of nothing, and release twice, do nothing to others": async ({ a, b, ask, heard, settle }) => {
      b.release();
      ask(a, "a");
      await settle();
      b.release();
      b.release();
      ask(b, "b");
      await settle();
      heard("a granted");
    },
  });
}

function theft(open: () => ReturnType<typeof threeTabs>): readonly ConformanceCase[] {
  return casesOf("L7, theft from a holder that hangs", open, {
    "R-017: the holder hears of it once": async ({ a, b, ask, steal, heardInAnyOrder, settle }) => {
      ask(a, "a");
      await settle();
      steal(b, "b");
      await settle();
      heardInAnyOrder("a granted", "a stolen", "b granted");
    },

    "whoever was robbed frees nothing": async ({ a, b, c, ask, steal, log, settle }) => {
      ask(a, "a");
      await settle();
      steal(b, "b");
      await settle();
      ask(c, "c");
      a.release();
      await settle();
      hold(!log.includes("c granted"), "c got the lock that b had stolen");
      b.release();
      await settle();
      hold(log.includes("c granted"), "c did not get the lock that b gave back");
    },

    "the queue keeps its order behind the thief": async ({ a, b, c, ask, steal, log, settle }) => {
      ask(a, "a");
      await settle();
      ask(b, "b");
      await settle();
      steal(c, "c");
      await settle();
      hold(!log.includes("b granted"), "b got the lock that c had stolen");
      c.release();
      await settle();
      hold(log.includes("b granted"), "b did not get the lock that c gave back");
    },

    "whoever was robbed may queue again": async ({ a, b, ask, steal, log, settle }) => {
      ask(a, "a");
      await settle();
      steal(b, "b");
      await settle();
      ask(a, "a2");
      await settle();
      hold(!log.includes("a2 granted"), "a got the lock back while b had it");
      b.release();
      await settle();
      hold(log.includes("a2 granted"), "a did not get the lock that b gave back");
    },

    "stealing a free lock is getting it": async ({ a, steal, heard, settle }) => {
      steal(a, "a");
      await settle();
      heard("a granted");
    },

    "the thief can be stolen from": async ({ a, b, steal, heardInAnyOrder, settle }) => {
      steal(a, "a");
      await settle();
      steal(b, "b");
      await settle();
      steal(a, "a2");
      await settle();
      heardInAnyOrder("a granted", "a stolen", "b granted", "b stolen", "a2 granted");
    },

    "letting go in that moment, nobody is robbed": async ({ a, b, ask, steal, heard, settle }) => {
      ask(a, "a");
      await settle();
      steal(b, "b");
      a.release();
      await settle();
      heard("a granted", "b granted");
    },
  });
}

export function lockConformance(create: () => LockUnderTest): readonly ConformanceCase[] {
  const open = () => threeTabs(create());
  return [...oneHolder(open), ...theft(open)];
}
