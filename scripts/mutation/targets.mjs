/**
 * What is mutated, and the tests that have to notice.
 *
 * The random properties are left out of the machine's: a mutant that only a lucky case kills is not killed, and they
 * would be most of the run.
 */

/** @type {Readonly<Record<string, { mutate: string, project: string, tests: readonly string[], without: readonly string[] }>>} */
export const targets = {
  rotation: {
    mutate: "packages/server/src/rotation.ts",
    project: "server",
    tests: [
      "test/rotation.test.ts",
      "test/rotation-properties.test.ts",
      "test/refresh-races.test.ts",
      "test/lifetimes.test.ts",
      "test/extending.test.ts",
      "test/session-list.test.ts",
    ],
    without: [],
  },
  machine: {
    mutate: "packages/core/src/machine/*.ts",
    project: "core",
    tests: ["test/machine/*.test.ts", "test/runtime/*.test.ts"],
    without: ["test/machine/properties.test.ts", "test/runtime/inspection.test.ts"],
  },
  listening: {
    mutate: "packages/core/src/listening/machine.ts",
    project: "core",
    tests: ["test/listening/machine.test.ts", "test/runtime/listening.test.ts"],
    without: [],
  },
};

/** The name of the target of this run. */
export const targetVariable = "LOCKSTEP_MUTATION";
/** Narrows what is mutated: paths, separated by commas. */
export const narrowVariable = "LOCKSTEP_MUTATE";

export function targetOfRun() {
  const target = targets[process.env[targetVariable] ?? ""];
  if (target === undefined)
    throw new Error(`${targetVariable} must be one of: ${Object.keys(targets).join(", ")}.`);
  return target;
}
