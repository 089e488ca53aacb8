/**
 * Finds the Node that the repository's tools run on.
 *
 * Promises: the workspace's own Node (a package of binaries, `node-<platform>-<architecture>`) wins over
 * the one that is running; one that is too old is never returned, an Error that names the remedy is thrown.
 */
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** 22.18 is the first release of 22 that runs TypeScript files without a flag. */
const oldestNode = [22, 18];

/**
 * @param {string} root folder of the workspace
 * @returns {string} path of a Node executable
 */
export function findNode(root) {
  const bundled = bundledNode(root);
  if (bundled !== null && isRecent(versionOf(bundled))) {
    return bundled;
  }
  if (isRecent(process.version)) {
    return process.execPath;
  }
  throw new Error(
    `The repository's tools need Node ${oldestNode.join(".")} or newer. This is Node ${process.version}, and no ` +
      `binary for ${process.platform}-${process.arch} came with the workspace. Install a current Node ` +
      `(https://nodejs.org) and run the command again.`,
  );
}

/**
 * @param {string} root folder of the workspace
 * @returns {string | null} path of the binary that came with it
 */
export function bundledNode(root) {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const file = process.platform === "win32" ? "node.exe" : "node";
  const path = join(root, "node_modules", `node-${platform}-${process.arch}`, "bin", file);
  return existsSync(path) ? realpathSync(path) : null;
}

/** @param {string} node */
function versionOf(node) {
  try {
    return execFileSync(node, ["--version"], { encoding: "utf8" });
  } catch {
    // For instance a binary for glibc on a system with musl: the running Node is next in line.
    return "v0.0.0";
  }
}

/** @param {string} version such as `v24.21.0` */
function isRecent(version) {
  const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
