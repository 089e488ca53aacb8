/** L11: a session ends when its server said, and nobody but the user puts that off. */

const machine = "packages/core/test/machine/idling.test.ts";

/** @type {readonly import("../fault.mjs").Fault[]} */
export const lifetimes = [
  {
    name: "the end of a session is looked at after everything else",
    file: "packages/core/src/machine/transition.ts",
    find: "react(endOverdue(absorb(live, turn), turn), turn, event)",
    replace: "react(absorb(live, turn), turn, event)",
    seenBy: {
      file: machine,
      title: "a tab that a sibling asks for its token after the limit gives it none",
    },
  },
  {
    name: "a refresh counts as activity",
    file: "packages/core/src/runtime/effects.ts",
    find: ".refresh(attempt, activity.ageMs(), extension)",
    replace: ".refresh(attempt, 0, extension)",
    simulation: true,
    seenBy: {
      file: "packages/core/test/runtime/idle-users.test.ts",
      title: "a tab of an idle user never extends the session, over a simulated day",
    },
  },
  {
    name: "the server lets every refresh put the idle deadline off",
    file: "packages/server/src/rotation.ts",
    find: "activityAgeSeconds === undefined ? idleExpiresAt : at - activityAgeSeconds * 1000 + idleLifetimeMs;",
    replace: "at + idleLifetimeMs;",
    seenBy: {
      file: "packages/server/test/lifetimes.test.ts",
      title:
        "idle: a session without activity ends so long after the last one, though the page goes on refreshing",
    },
  },
  {
    name: "activity that the server has not heard of does not count",
    file: "packages/core/src/machine/idling.ts",
    find: "Math.max(idleAtWall, byActivity)",
    replace: "idleAtWall",
    seenBy: {
      file: machine,
      title: "activity in this tab, or in another, puts it off and takes the warning back",
    },
  },
  {
    name: "the server is never told of activity in time",
    file: "packages/core/src/machine/idling.ts",
    find: "return isNear && stamp.at - stamp.activityAgeMs > grant.startedAt;",
    replace: "return false;",
    seenBy: {
      file: machine,
      title:
        "activity that the server has not heard of is reported before it takes the session for idle, hidden or not",
    },
  },
  {
    name: "the server is told again of what it knows",
    file: "packages/core/src/machine/idling.ts",
    find: "return isNear && stamp.at - stamp.activityAgeMs > grant.startedAt;",
    replace: "return isNear;",
    seenBy: {
      file: machine,
      title:
        "activity that the server has not heard of is reported before it takes the session for idle, hidden or not",
    },
  },
  {
    name: "activity puts off the absolute end",
    file: "packages/core/src/machine/idling.ts",
    find: "const expiredAt = endsAtWall ?? Infinity;",
    replace: "const expiredAt = Math.max(endsAtWall ?? Infinity, byActivity);",
    seenBy: { file: machine, title: "is known ahead, warned of, and kept, however active the user is" },
  },
  {
    name: "each tab ends the session once more",
    file: "packages/core/src/machine/idling.ts",
    find: 'return record.status === "in" && lifetime !== null',
    replace: "return lifetime !== null",
    seenBy: {
      file: machine,
      title: "once, not once in each tab: another tab finds the tombstone and has nothing to send",
    },
  },
  {
    name: "a new tab knows nothing of the session's end",
    file: "packages/core/src/machine/adopting.ts",
    find: "next = noteLifetime(next, turn, fresh, request.startedAt);",
    replace: "",
    seenBy: {
      file: machine,
      title: "what the server tells of the session's end is there for all tabs, by the wall clock",
    },
  },
];
