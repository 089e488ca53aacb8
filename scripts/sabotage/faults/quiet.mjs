/** L10: no work that nobody asked for, one shared and jittered back-off, nothing said that changes nothing. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const quiet = [
  {
    name: "hidden tabs refresh unasked",
    file: "packages/core/src/machine/demand.ts",
    find: '(state.wanted === "token" || state.visible || turn.policy.keepFresh)',
    replace: "true",
    seenBy: {
      file: "packages/core/test/machine/life.test.ts",
      title: "scenario 15: what came due while hidden is made up for when the tab is seen again",
    },
    simulation: true,
  },
  {
    name: "an anonymous visitor refreshes",
    file: "packages/core/src/machine/demand.ts",
    find: 'if (state.record.status === "out" || state.rumour !== null) return false;',
    replace: "if (state.rumour !== null) return false;",
    seenBy: {
      file: "packages/core/test/machine/life.test.ts",
      title: "scenario 32: an anonymous visitor costs no request, no lock and no message",
    },
    simulation: true,
  },
  {
    name: "the back-off has no jitter",
    file: "packages/core/src/machine/schedule.ts",
    find: "stepMs(failures, policy) * (0.5 + roll / 2)",
    replace: "stepMs(failures, policy)",
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "doubles with each failure, up to the cap, with jitter",
    },
  },
  {
    name: "the back-off does not grow",
    file: "packages/core/src/machine/schedule.ts",
    find: "2 ** Math.min(Math.max(failures, 1) - 1, 30)",
    replace: "1",
    seenBy: {
      file: "packages/core/test/runtime/outages.test.ts",
      title: "the pauses grow, up to a minute, and never beyond",
    },
  },
  {
    name: "each tab backs off for itself",
    file: "packages/core/src/machine/cooling.ts",
    find: 'turn.effects.push({ type: "write-hold", hold });',
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/outages.test.ts",
      title: "ten minutes of outage, five tabs",
    },
    simulation: true,
  },
  {
    name: "another tab's pause is no reason to wait",
    file: "packages/core/src/machine/locking.ts",
    find: 'if (standing?.kind === "cooldown" && intent !== "sign-in")',
    replace: "if (false)",
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "another tab that gets the lock during the pause sends nothing and tells its callers until when",
    },
    simulation: true,
  },
  {
    name: "Retry-After is not read",
    file: "packages/core/src/backends/retry-after.ts",
    find: "Number(text) * 1_000",
    replace: "0",
    seenBy: { file: "packages/core/test/backends/retry-after.test.ts", title: "Retry-After in seconds" },
  },
  {
    name: "Retry-After is read and not heeded",
    file: "packages/core/src/machine/cooling.ts",
    find: "Math.min(failure.retryAfterMs ?? 0, policy.retryAfterCapMs)",
    replace: "0",
    seenBy: {
      file: "packages/core/test/runtime/outages.test.ts",
      title: "no tab tries before the server's wish is over, not even one that is opened meanwhile",
    },
    simulation: true,
  },
  {
    name: "all tabs are due at the same moment",
    file: "packages/core/src/machine/schedule.ts",
    find: " + (roll * ahead) / 2",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/life.test.ts",
      title: "refreshes a quarter of a short life ahead, a minute of a long one, spread over half of that",
    },
  },
  {
    name: "a silent refresh is news to every subscriber",
    file: "packages/core/src/machine/adopting.ts",
    find: "return JSON.stringify(who.identity) === JSON.stringify(identity)",
    replace: "return false",
    seenBy: {
      file: "packages/core/test/machine/adoption.test.ts",
      title: "a silent refresh leaves the identity the very same object",
    },
  },
  {
    name: "claims that change with every refresh are shown",
    file: "packages/core/src/backends/token-reader.ts",
    find: 'new Set(["exp", "iat", "nbf", "jti"])',
    replace: "new Set([])",
    seenBy: {
      file: "packages/core/test/backends/claims.test.ts",
      title: "L10: those that change with every refresh are left out",
    },
  },
  {
    name: "a refresh counts as the user's activity",
    file: "packages/core/src/runtime/effects.ts",
    find: "activity.ageMs()",
    replace: "0",
    seenBy: {
      file: "packages/core/test/runtime/clocks.test.ts",
      title: "what the server is told of activity is how long ago it was",
    },
  },
  {
    name: "the server takes every refresh for activity",
    file: "packages/server/src/rotation.ts",
    find: "activityAgeSeconds === undefined ? idleExpiresAt : at",
    replace: "activityAgeSeconds === undefined ? at + idleLifetimeMs : at",
    seenBy: {
      file: "packages/server/test/rotation.test.ts",
      title: "L10: without reported activity, or with old activity, the idle deadline stays",
    },
  },
];
