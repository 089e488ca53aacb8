/**
 * Faults that must *not* count as seen. A run that reports one of them as seen believes anything, and fails.
 *
 * Promises: one control for each way in which a green result could be a lie.
 */

const file = "packages/core/src/machine/version.ts";
const seenBy = {
  file: "packages/core/test/machine/properties.test.ts",
  title: "adopting the later record is associative, commutative and idempotent",
};

/** @type {ReadonlyArray<import("./fault.mjs").FaultOfLaw & { verdict: RegExp }>} */
export const controls = [
  {
    law: "control",
    name: "a fault that changes nothing survives",
    file,
    find: "return left < right ? -1 : 1;",
    replace: "return right > left ? -1 : 1;",
    seenBy,
    verdict: /^survived/,
  },
  {
    law: "control",
    name: "a fault whose text is gone is misplaced",
    file,
    find: "return left <= right ? -1 : 1;",
    replace: "return -1;",
    seenBy,
    verdict: /^misplaced/,
  },
  {
    law: "control",
    name: "a fault whose text stands twice is misplaced",
    file,
    find: "epoch",
    replace: "epoch",
    seenBy,
    verdict: /^misplaced/,
  },
  {
    law: "control",
    name: "a fault that does not parse is seen by nobody",
    file,
    find: "return left < right ? -1 : 1;",
    replace: "return left <",
    seenBy,
    verdict: /^not seen: the test file could not be loaded/,
  },
  {
    law: "control",
    name: "a fault that stumbles over a name is seen by nobody",
    file: "packages/core/src/machine/schedule.ts",
    find: "return stepMs(failures, policy) * (0.5 + roll / 2);",
    replace: "return whatever;",
    seenBy: {
      file: "packages/core/test/machine/failing.test.ts",
      title: "doubles with each failure, up to the cap, with jitter",
    },
    verdict: /^not seen: .*ReferenceError/,
  },
  {
    law: "control",
    name: "a test that is not there has seen nothing",
    file,
    find: "return left < right ? -1 : 1;",
    replace: "return -1;",
    seenBy: { ...seenBy, title: "a title that no test has" },
    verdict: /^not seen: no such test/,
  },
];
