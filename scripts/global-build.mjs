/**
 * Makes the script-tag build: one file, one global `Lockstep`, and the digest that a page names it by.
 *
 * Promises: `integrity.json` holds the digest of the file beside it, as a tag's `integrity` attribute wants it.
 * Nothing is loaded later, so the channel for browsers without BroadcastChannel and the library
 * that it brings stay out: there `openFallbackChannel()` answers null. Throws when either gets in.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./workspace.mjs";

const dist = join(root, "packages", "core", "dist");
const entry = join(dist, "global.js");

export const globalBuildPath = join(dist, "lockstep.global.js");
const integrityPath = join(dist, "integrity.json");

const loading = 'import("./fallback-channel.js")';

/** @type {import("rolldown").Plugin} */
const leaveOutFallbackChannel = {
  name: "leave-out-fallback-channel",
  // In place, not as a module: that would cost a module loader for one function.
  transform: (code) =>
    code.includes(loading)
      ? code.replace(loading, "Promise.resolve({ openFallbackChannel: () => null })")
      : null,
};

export async function writeGlobalBuild() {
  if (!existsSync(entry)) {
    throw new Error("packages/core/src/global.ts is missing: it is the entry of the script-tag build.");
  }
  const bundle = await rolldown({ input: entry, platform: "browser", plugins: [leaveOutFallbackChannel] });
  const { output } = await bundle.write({
    file: globalBuildPath,
    format: "iife",
    name: "Lockstep",
    minify: true,
    codeSplitting: false,
  });
  await bundle.close();
  const [chunk] = output;
  const unwanted = chunk.moduleIds.filter((id) => /broadcast-channel|fallback-channel/.test(id));
  if (output.length !== 1 || chunk.imports.length > 0 || unwanted.length > 0) {
    const files = output.map(({ fileName }) => fileName);
    throw new Error(
      `The script-tag build is not one lean file: ${[...files, ...chunk.imports, ...unwanted].join(", ")}`,
    );
  }
  writeFileSync(
    integrityPath,
    `${JSON.stringify({ [basename(globalBuildPath)]: digestOf(globalBuildPath) })}\n`,
  );
}

/**
 * @param {string} file
 * @see https://www.w3.org/TR/SRI/#integrity-metadata
 */
function digestOf(file) {
  return `sha384-${createHash("sha384").update(readFileSync(file)).digest("base64")}`;
}
