/** L1: at most one refresh in flight across all tabs, and one lifetime costs one refresh. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const singleFlight = [
  {
    name: "every tab gets the lock at once",
    file: "packages/core/src/adapters/web-lock.ts",
    find: 'mode: "exclusive"',
    replace: 'mode: "shared"',
    seenBy: { file: "packages/core/test/adapters/web-lock.test.ts", title: "what is asked for is unchanged" },
  },
  {
    name: "after the lock was granted the register is not read again",
    file: "packages/core/src/machine/locking.ts",
    find: "if (shareToken && newestRevision(reading, state.grant) > work.seen)",
    replace: "if (false)",
    seenBy: {
      file: "packages/core/test/machine/single-flight.test.ts",
      title: "somebody who refreshed while we queued is asked for the token; nothing is sent",
    },
  },
  {
    name: "a new tab asks no sibling",
    file: "packages/core/src/machine/proceeding.ts",
    find: 'return intent === "refresh" && turn.policy.shareToken && siblingMayHaveNewer',
    replace: "return false",
    seenBy: {
      file: "packages/core/test/machine/adoption.test.ts",
      title: "asks, adopts, and schedules its own refresh",
    },
  },
  {
    name: "a new token is not handed to the siblings",
    file: "packages/core/src/machine/adopting.ts",
    find: "  shareGrant(grant, turn);\n  return rest(next, turn);",
    replace: "  return rest(next, turn);",
    seenBy: {
      file: "packages/core/test/runtime/messages.test.ts",
      title: "by tabs that are there already, without their asking for it",
    },
  },
  {
    name: "a 401 costs a refresh although the token was replaced meanwhile",
    file: "packages/core/src/http/authorised-fetch.ts",
    find: "if (current === null || current.token !== sent.token) return current;",
    replace: "if (current === null) return current;",
    seenBy: {
      file: "packages/core/test/http/replay.test.ts",
      title: "a token that was replaced meanwhile is taken as it is, without a refresh",
    },
  },
  {
    name: "a young token that is refused is refreshed each time",
    file: "packages/core/src/http/authorised-fetch.ts",
    find: "return isYoung ? null :",
    replace: "return false ? null :",
    seenBy: {
      file: "packages/core/test/http/replay.test.ts",
      title: "a token this young is not cured by another",
    },
  },
  {
    name: "a caller may ask for a validity that no token has",
    file: "packages/core/src/machine/schedule.ts",
    find: "Math.min(askedMs || 0, token.lifetimeMs / 2)",
    replace: "askedMs || 0",
    seenBy: {
      file: "packages/core/test/runtime/waiting.test.ts",
      title: "gets a token, and costs one refresh at most",
    },
  },
  {
    name: "a long timer is set in one piece",
    file: "packages/core/src/adapters/browser-timers.ts",
    find: "Math.min(delayMs, chunkMs)",
    replace: "delayMs",
    seenBy: {
      file: "packages/core/test/runtime/lifetimes.test.ts",
      title: "a lifetime of thirty days does not fire at once",
    },
  },
  {
    name: "each slice of the waiting forgets what was known before it",
    file: "packages/core/src/machine/locking.ts",
    find: 'work.phase === "locking" || work.phase === "asking")',
    replace: 'work.phase === "asking")',
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "in an earlier slice of the waiting: the token is asked for, nothing is sent",
    },
  },
  {
    name: "a token that is on its way is waited for no longer than one of a sibling that may be asleep",
    file: "packages/core/src/machine/locking.ts",
    find: "turn, undefined, true);",
    replace: "turn);",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "by one that lives: its token is on the way, and is waited for",
    },
  },
  {
    name: "a token whose cookie shows already is not waited for",
    file: "packages/core/src/machine/locking.ts",
    find: "return isOnItsWay ? (grant?.revision ?? -1) : newestRevision",
    replace: "return newestRevision",
    seenBy: {
      file: "packages/core/test/machine/queueing.test.ts",
      title: "its token is asked for once we have the lock",
    },
  },
  {
    name: "a change of one session's user makes tokens for the next",
    file: "packages/core/src/machine/demand.ts",
    find: "grant.identity.sessionId === outdated.sessionId &&",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/news.test.ts",
      title: "says nothing of the session that came after it, which begins to count anew",
    },
  },
];
