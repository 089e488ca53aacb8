/** L7: every public promise settles within its bound, and callbacks neither hold the lock nor hold anybody up. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const nothingHangs = [
  {
    name: "a holder that is stuck is not stolen from",
    file: "packages/core/src/machine/locking.ts",
    find: "(!holderHasReason && work.trace === traceOf(turn)) ||",
    replace: "false &&",
    seenBy: {
      file: "packages/core/test/machine/single-flight.test.ts",
      title: "a holder that published nothing has no reason to keep us: stolen after one slice",
    },
  },
  {
    name: "the lock is waited for without a bound",
    file: "packages/core/src/machine/locking.ts",
    find: '    { type: "arm-timer", name: "slice", delayMs: turn.policy.lockSliceMs },\n',
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/properties.test.ts",
      title: "every state takes every event, and no turn breaks a law",
    },
    simulation: true,
  },
  {
    name: "an answer is waited for without a bound",
    file: "packages/core/src/machine/sending.ts",
    find: '    { type: "arm-timer", name: "request", delayMs: turn.policy.requestLimitMs },\n',
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/properties.test.ts",
      title: "every state takes every event, and no turn breaks a law",
    },
    simulation: true,
  },
  {
    name: "the lock is held during the application's login",
    file: "packages/core/src/machine/sending.ts",
    find: '    { type: "release-lock" },\n',
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/signing.test.ts",
      title: "the login runs outside the lock, behind a hold that keeps refreshes away",
    },
  },
  {
    name: "subscribers run before the lock is given back",
    file: "packages/core/src/runtime/loop.ts",
    find: "    for (const effect of effects) run(effect);\n    committed(state);",
    replace: "    committed(state);\n    for (const effect of effects) run(effect);",
    seenBy: {
      file: "packages/core/test/runtime/listeners.test.ts",
      title: "the lock is given back before any of them is told",
    },
  },
  {
    name: "a subscriber's call cuts into the turn under way",
    file: "packages/core/src/runtime/loop.ts",
    find: "if (running) return;",
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/listeners.test.ts",
      title: "a subscriber may use the session from inside its callback",
    },
  },
  {
    name: "a subscriber that throws stops the others",
    file: "packages/core/src/runtime/listeners.ts",
    find: "report(error);",
    replace: "throw error;",
    seenBy: {
      file: "packages/core/test/runtime/listeners.test.ts",
      title: "one that throws stops nobody, and its error is handed back to the application",
    },
  },
  {
    name: "callers wait for ever",
    file: "packages/core/src/runtime/waiters.ts",
    find: "timers.arm(timer, limitMs, () =>",
    replace: "((..._: unknown[]) => undefined)(timer, limitMs, () =>",
    seenBy: {
      file: "packages/core/test/runtime/waiting.test.ts",
      title: "L7: every promise of a session settles, whatever the server does",
    },
  },
  {
    name: "a tab that is frozen keeps its place at the lock",
    file: "packages/core/src/machine/living.ts",
    find: 'return { ...rest(state, turn), life: "away" };',
    replace: 'return { ...state, life: "away" };',
    seenBy: { file: "packages/core/test/machine/life.test.ts", title: "L7, L9: away and back" },
    simulation: true,
  },
  {
    name: "a hold from the future stands for as long as the clock was wrong",
    file: "packages/core/src/machine/register.ts",
    find: "Math.min(hold.ttlMs, hold.startedAtWall + hold.ttlMs - wall)",
    replace: "hold.startedAtWall + hold.ttlMs - wall",
    seenBy: {
      file: "packages/core/test/machine/single-flight.test.ts",
      title:
        "a claim that began in the future, by a clock stepped back, lasts no longer than it was meant to",
    },
  },
  {
    name: "dispose leaves timers behind",
    file: "packages/core/src/runtime/runtime.ts",
    find: "timers.cancelAll();",
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/disposing.test.ts",
      title: "while the register is watched for what a message told of",
    },
  },
  {
    name: "the server waits for a store that hangs",
    file: "packages/server/src/dependency-guard.ts",
    find: "return await Promise.race([call(), deadline]);",
    replace: "return await call();",
    seenBy: {
      file: "packages/server/test/refresh-races.test.ts",
      title: "a store that hangs is given up on before grace is over",
    },
  },
  {
    name: "a holder that claims again and again is never stolen from",
    file: "packages/core/src/machine/locking.ts",
    find: "|| turn.at - work.since >= turn.policy.lockLimitMs;",
    replace: ";",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "a holder that claims again and again is stolen from when the bound is over",
    },
  },
  {
    name: "a pause is a reason to hold the lock",
    file: "packages/core/src/machine/locking.ts",
    find: 'hold !== null && hold.kind !== "cooldown" &&',
    replace: "hold !== null &&",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "a pause is no reason to hold it",
    },
  },
  {
    name: "a thief leaves no trace before it sends",
    file: "packages/core/src/machine/locking.ts",
    find: 'turn.effects.push({ type: "write-hold", hold: own });',
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/hanging-lock.test.ts",
      title: "is taken from them once, by one of 20 tabs, for all: endpoint on this host",
    },
  },
  {
    name: "a thief forgets its claim while it asks the lock manager",
    file: "packages/core/src/machine/turn.ts",
    find: "const { since, seen, own = null } = queued ??",
    replace: "const own = null, { since, seen } = queued ??",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "a thief asks the lock manager once its claim has stood, where no cookie can be read",
    },
  },
];
