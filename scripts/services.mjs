/**
 * Finds the database servers that tests run against, and installs them where they are missing and can be.
 *
 * Promises: returns the environment in which the tests find the same programs, and says what is missing. Where `CI` is set, a
 * missing one is an Error that names the remedy. A program named by an environment variable is taken or refused, never
 * replaced. Installing one starts no server, and makes no database.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { postgresProgram, redisProgram, suiteOf } from "../packages/server/test/services/programs.ts";
import { installWithApt } from "./apt-get.mjs";

/** @typedef {import("../packages/server/test/services/programs.ts").ServiceProgram} ServiceProgram */

/**
 * @typedef {object} Services
 * @property {Record<string, string>} environment
 * @property {ReadonlyArray<{ suite: string, line: string }>} missing whose tests are skipped, and what to tell people
 */

/** Debian's packages. */
const packages = new Map([
  [postgresProgram, "postgresql"],
  [redisProgram, "redis-server"],
]);

/** What keeps Debian's packages from starting servers of their own. */
const restraints = new Map([
  ["/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n"],
  ["/etc/postgresql-common/createcluster.d/lockstep.conf", "create_main_cluster = false\n"],
]);

/** @returns {Promise<Services>} */
export async function findOrInstallServices() {
  /** @type {Record<string, string>} */
  const environment = {};
  const missing = [];
  for (const [program, packageName] of packages) {
    // One after the other: two installations at once would wait for each other.
    const place = program.find() ?? (await install(program, packageName));
    if (place === null) missing.push(program);
    else environment[program.variable] = place;
  }
  if (missing.length > 0 && (process.env["CI"] ?? "") !== "") {
    throw new Error(missing.map(lineOf).join("\n"));
  }
  return {
    environment,
    missing: missing.map((program) => ({ suite: suiteOf(program), line: lineOf(program) })),
  };
}

/** @param {ServiceProgram} program */
function lineOf({ name, remedy }) {
  return `There is no ${name} on this machine, so what needs it was not tested. To test it, ${remedy}.`;
}

/**
 * @param {ServiceProgram} program
 * @param {string} packageName
 */
async function install(program, packageName) {
  const own = process.getuid?.() === 0 ? [...restraints].filter(([path]) => !existsSync(path)) : [];
  try {
    for (const [path, text] of own) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o755 });
    }
    return (await installWithApt(program.name, [packageName])) ? program.find() : null;
  } finally {
    own.forEach(([path]) => rmSync(path, { force: true }));
  }
}
