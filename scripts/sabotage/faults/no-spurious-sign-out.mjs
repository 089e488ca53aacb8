/** L4: only the backend's own, recognised, definitive answer ends a session. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const noSpuriousSignOut = [
  {
    name: "a 429 ends the session",
    file: "packages/core/src/backends/lockstep.ts",
    find: 'if (status !== 401 || member(body, "error") !== "session_ended") return null;',
    replace:
      'if (status !== 429 && (status !== 401 || member(body, "error") !== "session_ended")) return null;',
    seenBy: {
      file: "packages/core/test/backends/error-table.test.ts",
      title: "is rate-limited, and the session is kept",
    },
  },
  {
    name: "any 401 ends the session, a proxy's too",
    file: "packages/core/src/backends/lockstep.ts",
    find: 'if (status !== 401 || member(body, "error") !== "session_ended") return null;',
    replace: "if (status !== 401) return null;",
    seenBy: {
      file: "packages/core/test/backends/error-table.test.ts",
      title: "and the session is kept",
    },
  },
  {
    name: "a dead network ends the session",
    file: "packages/core/src/adapters/fetch-transport.ts",
    find: 'return { kind: "failed", failure: { code: answer === null ? "network" : "bad-answer" } };',
    replace: 'return { kind: "ended", reason: "revoked" };',
    seenBy: {
      file: "packages/core/test/adapters/fetch-transport.test.ts",
      title: "Scenario 18: whatever comes instead of an answer is a failure, and never the end",
    },
  },
  {
    name: "a failed refresh ends the session",
    file: "packages/core/src/machine/answering.ts",
    find: "return fail(state, turn, work, outcome.failure);",
    replace: 'return endSession(state, turn, "revoked");',
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "keeps it, with the token still valid and with the token expired",
    },
    simulation: true,
  },
  {
    name: "a version cookie that vanished ends the session unasked",
    file: "packages/core/src/machine/truth.ts",
    find: "next = { ...next, marked: false, doubted: true };",
    replace: 'next = stateAfterEnd(next, turn, "no-session");',
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "a version cookie that vanishes makes us ask the server before anything is handed out",
    },
  },
  {
    name: "a refusal on the losing side of a race ends the session",
    file: "packages/core/src/machine/answering.ts",
    find: "if (hasMoved(work.base, turn.reading))",
    replace: "if (false)",
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "a refusal on the losing side of a race is looked into once more",
    },
  },
  {
    name: "a portal's 200 counts as a confirmed revocation",
    file: "packages/core/src/backends/lockstep.ts",
    find: "return answer.status === 204 ||",
    replace: "return answer.status < 300 ||",
    seenBy: {
      file: "packages/core/test/backends/error-table.test.ts",
      title: "a revocation counts only when the server confirmed it",
    },
  },
  {
    name: "a lost race on the server clears the cookies of the new session",
    file: "packages/server/src/refreshing.ts",
    find: 'clearCookies: reason !== "replaced"',
    replace: "clearCookies: true",
    seenBy: {
      file: "packages/server/test/cookies.test.ts",
      title: "a lost race never clears cookies",
    },
  },
  {
    name: "a stranger's made-up token ends a session",
    file: "packages/server/src/rotation.ts",
    find: 'if (!presented.genuine) return { kind: "unknown", why: "forged" };',
    replace: "",
    seenBy: {
      file: "packages/server/test/refresh-races.test.ts",
      title: "a stranger who knows the public session id can neither end nor shorten the session",
    },
  },
  {
    name: "the answer to a request that was given up ends the session",
    file: "packages/core/src/machine/answering.ts",
    find: 'work.intent === "refresh" && work.ticket === event.ticket',
    replace: 'work.intent === "refresh"',
    seenBy: {
      file: "packages/core/test/machine/late-answers.test.ts",
      title: "ended: changes nothing while the next one is out",
    },
  },
];
