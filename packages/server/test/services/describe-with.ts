import { describe } from "vitest";

import { suiteOf, type ServiceProgram } from "./programs.js";

/**
 * Declares tests that need a server. Without it they are skipped, which `npm test` says in its last lines; where `CI` is set,
 * the file fails instead.
 */
export function describeWith(program: ServiceProgram, declare: () => void): void {
  const missing = program.find() === null;
  if (missing && (process.env["CI"] ?? "") !== "") throw new Error(`No ${program.name}: ${program.remedy}.`);
  // oxlint-disable-next-line vitest/valid-title -- it is a string, and the one that test runs look for
  describe.skipIf(missing)(suiteOf(program), () => {
    declare();
  });
}
