/** L6: no token is handed out that the server would call expired, whatever the clocks do. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const neverStale = [
  {
    name: "a token is handed out whether it is fresh or not",
    file: "packages/core/src/machine/demand.ts",
    find: "isFresh(grant, policy, at, minValidityMs)\n",
    replace: "true\n",
    seenBy: {
      file: "packages/core/test/runtime/clocks.test.ts",
      title: "overnight: on wake one refresh before the first token, in all tabs together",
    },
    simulation: true,
  },
  {
    name: "a token's life counts from its answer, not from its request",
    file: "packages/core/src/machine/adopting.ts",
    find: "const grant = grantOf(next, turn, fresh, request.startedAt);",
    replace: "const grant = grantOf(next, turn, fresh, at);",
    seenBy: {
      file: "packages/core/test/machine/life.test.ts",
      title: "a token that is too old when it comes serves nobody",
    },
  },
  {
    name: "the token's `exp` is compared with the client's wall clock",
    file: "packages/core/src/backends/token-reader.ts",
    find: "(exp - iat) * 1_000",
    replace: "exp * 1_000 - Date.now()",
    seenBy: {
      file: "packages/core/test/backends/grants.test.ts",
      title: "missing, with a JWT: what the token claims, whatever the local clock says",
    },
  },
  {
    name: "the session lives by the wall clock",
    file: "packages/core/src/runtime/runtime.ts",
    find: "lookedAt = clock.now();",
    replace: "lookedAt = clock.wall();",
    seenBy: {
      file: "packages/core/test/runtime/clocks.test.ts",
      title: "a client clock that is wrong, or is stepped while tabs are open",
    },
    simulation: true,
  },
  {
    name: "sleep does not count as time",
    file: "packages/core/src/adapters/system-clock.ts",
    find: "if (leap >= leapMs)",
    replace: "if (false)",
    seenBy: {
      file: "packages/core/test/adapters/system-clock.test.ts",
      title: "the time that the machine slept counts",
    },
  },
  {
    name: "a wall clock stepped back turns time back",
    file: "packages/core/src/adapters/system-clock.ts",
    find: "if (leap >= leapMs)",
    replace: "if (Math.abs(leap) >= leapMs)",
    seenBy: { file: "packages/core/test/adapters/system-clock.test.ts", title: "a wall clock stepped back" },
  },
  {
    name: "a sibling's token is taken for new",
    file: "packages/core/src/machine/adopting.ts",
    find: "turn.at - ageMs)",
    replace: "turn.at)",
    seenBy: { file: "packages/core/test/runtime/messages.test.ts", title: "L6: with its age" },
  },
  {
    name: "the time that a message was queued does not count as age",
    file: "packages/core/src/machine/adopting.ts",
    find: "message.ageMs + Math.max(0, turn.wall - message.sentAtWall)",
    replace: "message.ageMs",
    seenBy: {
      file: "packages/core/test/runtime/messages.test.ts",
      title: "also when the message was queued before a tab that was frozen",
    },
  },
  {
    name: "the server promises more than the token has",
    file: "packages/server/src/grant.ts",
    find: "expires_in: context.config.accessTokenLifetimeMs / 1000,",
    replace: "expires_in: context.config.accessTokenLifetimeMs / 1000 + 1,",
    seenBy: {
      file: "packages/server/test/access-token.test.ts",
      title: "L6: is good for at least the seconds that expires_in promised",
    },
  },
  {
    name: "a token that is handed to a sibling loses its age",
    file: "packages/core/src/machine/adopting.ts",
    find: "ageMs: Math.max(0, turn.at - startedAt)",
    replace: "ageMs: 0",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "tells how old it is",
    },
  },
];
