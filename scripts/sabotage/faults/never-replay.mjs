/** L2: a refresh credential that the server already rotated is never presented, and a lost answer costs nothing. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const neverReplay = [
  {
    name: "nobody's claim is waited for",
    file: "packages/core/src/machine/locking.ts",
    find: 'if (standing !== null && standing.kind !== "cooldown" && !isOwn) {',
    replace: "if (false) {",
    seenBy: {
      file: "packages/core/test/machine/single-flight.test.ts",
      title: "an unfinished claim of a tab that died is waited for until the version cookie moves",
    },
    simulation: true,
  },
  {
    name: "a refresh is sent without a claim",
    file: "packages/core/src/machine/sending.ts",
    find: '    { type: "write-hold", hold },\n    {\n      type: "send-refresh"',
    replace: '    {\n      type: "send-refresh"',
    seenBy: {
      file: "packages/core/test/machine/single-flight.test.ts",
      title: "a lone tab asks nobody, takes the lock, publishes its claim and sends",
    },
    simulation: true,
  },
  {
    name: "the retry of a lost refresh carries another nonce",
    file: "packages/core/src/machine/sending.ts",
    find: "attempt: isRetry ? last.attempt : `${state.tabId}-${state.ticket}`",
    replace: "attempt: `${state.tabId}-${state.ticket}`",
    seenBy: {
      file: "packages/core/test/machine/single-flight.test.ts",
      title: "a claim that runs out is taken over with its nonce",
    },
    simulation: true,
  },
  {
    name: "a refresh that timed out is sent again while its claim stands",
    file: "packages/core/src/machine/cooling.ts",
    find: 'return code === "timeout" && reading.hold !== null',
    replace: "return false",
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "a timed-out request keeps everybody waiting until its claim has run out",
    },
    simulation: true,
  },
  {
    name: "a refresh dies with its tab",
    file: "packages/core/src/adapters/fetch-transport.ts",
    find: "keepalive: true",
    replace: "keepalive: false",
    seenBy: {
      file: "packages/core/test/adapters/fetch-transport.test.ts",
      title: "a refresh on the own origin",
    },
  },
  {
    name: "the server does not know a repeated attempt again",
    file: "packages/server/src/rotation.ts",
    find: "if (attempt.nonce === predecessor.attempt)",
    replace: "if (false)",
    seenBy: {
      file: "packages/server/test/refresh-races.test.ts",
      title: "D3 L2: a lost answer costs nothing, strict server or not, when the same attempt comes again",
    },
  },
  {
    name: "grace mints a sibling instead of answering the same successor",
    file: "packages/server/src/refreshing.ts",
    find: "const successor = await openSuccessor(token, predecessor.sealedSuccessor);",
    replace:
      "const successor = await mintRefreshToken(record.familyKey, record.id, record.generation, context.config.random);",
    seenBy: {
      file: "packages/server/test/refresh-races.test.ts",
      title: "100 parallel refreshes with one token make exactly one rotation and identical successors",
    },
  },
  {
    name: "the server lets an older generation pass",
    file: "packages/server/src/rotation.ts",
    find: 'if (predecessor === null || !sameSecret(presented.hash, predecessor.hash)) return { kind: "reuse" };',
    replace: 'if (predecessor === null) return { kind: "reuse" };',
    seenBy: {
      file: "packages/server/test/rotation.test.ts",
      title: "R-083: a genuine token older than the predecessor is reuse, even with a known attempt",
    },
  },
  {
    name: "a strict server forgives in the millisecond of the rotation",
    file: "packages/server/src/rotation.ts",
    find: "if (graceMs > 0 && elapsedMs <= graceMs)",
    replace: "if (elapsedMs <= graceMs)",
    seenBy: { file: "packages/server/test/rotation.test.ts", title: "grace 0 is strict" },
  },
  {
    name: "the store writes over what another request wrote",
    file: "packages/server/src/stores/memory.ts",
    find: "if (records.get(id)?.revision !== expectedRevision) return false;",
    replace: "",
    seenBy: {
      file: "packages/server/test/refresh-races.test.ts",
      title: "100 parallel refreshes with one token make exactly one rotation",
    },
  },
  {
    name: "every refresh carries the same nonce",
    file: "packages/core/src/machine/sending.ts",
    find: "`${state.tabId}-${state.ticket}`",
    replace: "`${state.tabId}`",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "is another one for each refresh, and for each tab",
    },
  },
  {
    name: "the nonce of another session's refresh is taken over",
    file: "packages/core/src/machine/sending.ts",
    find: "return a?.sessionId === b?.sessionId &&",
    replace: "return",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "is not taken over from another session, whatever its revision",
    },
  },
  {
    name: "a queue that moves is robbed",
    file: "packages/core/src/machine/locking.ts",
    find: " && work.trace === traceOf(turn)",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "a queue in which somebody gets on is not robbed",
    },
  },
  {
    name: "a thief sends at once",
    file: "packages/core/src/machine/locking.ts",
    find: "if (work.steal) return announce(state, turn, work);",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "a thief sends nothing before the last signs of the one it robbed have had time to show",
    },
  },
  {
    name: "a late failure takes the nonce of the refresh made since",
    file: "packages/core/src/machine/cooling.ts",
    find: " && !hasMoved(base, reading);",
    replace: ";",
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "a time-out long after a thief refreshed leaves the nonce of that refresh where it is",
    },
  },
];
