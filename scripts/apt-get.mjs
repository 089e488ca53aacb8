/**
 * Installs packages of Debian and its kin.
 *
 * Promises: does nothing, and says so by `false`, where there is no apt-get or no right to use it; shows what apt-get said when it
 * failed.
 */
import { existsSync } from "node:fs";
import { run } from "./command.mjs";

/**
 * @param {string} name as people say it
 * @param {readonly string[]} packages
 * @returns {Promise<boolean>} whether they are installed now
 */
export async function installWithApt(name, packages) {
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0) {
    return false;
  }
  console.log(`Installing ${name} with apt-get: about a minute.`);
  return (
    (await aptGet(["update"])) && (await aptGet(["install", "-y", "--no-install-recommends", ...packages]))
  );
}

/**
 * Another apt-get may be at work on a machine that has just started.
 *
 * @param {readonly string[]} args
 */
async function aptGet(args) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const { ok, output } = await run("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], { env });
  if (!ok) {
    console.log(output);
  }
  return ok;
}
