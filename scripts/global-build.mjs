/**
 * Makes the script-tag build: one file, one global `Lockstep`, and the digest that a page names it by.
 *
 * Promises: `integrity.json` holds the digest of the file beside it, as a tag's `integrity` attribute wants it (R-152).
 * Nothing is loaded later: what listens to the server is in it, and the channel for browsers without BroadcastChannel stays
 * out, with the library that it brings: there `openFallbackChannel()` answers null. Throws when either gets in.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./workspace.mjs";

const dist = join(root, "packages", "core", "dist");
const entry = join(dist, "global.js");

export const globalBuildPath = join(dist, "lockstep.global.js");
/** Written last of all that the build makes. */
export const integrityPath = join(dist, "integrity.json");

const fallback = 'import("./fallback-channel.js")';
const listener = "./listening/browser-listener.js";

/** @type {import("rolldown").Plugin} */
const loadNothingLater = {
  name: "load-nothing-later",
  // In place, not as modules: that would cost a module loader for two functions.
  transform: (code) =>
    code.includes(fallback)
      ? code.replace(fallback, "Promise.resolve({ openFallbackChannel: () => null })")
      : code.includes(`import("${listener}")`)
        ? `import * as listening from "${listener}";\n${code.replace(`import("${listener}")`, "Promise.resolve(listening)")}`
        : null,
};

export async function writeGlobalBuild() {
  if (!existsSync(entry)) {
    throw new Error("packages/core/src/global.ts is missing: it is the entry of the script-tag build.");
  }
  const bundle = await rolldown({ input: entry, platform: "browser", plugins: [loadNothingLater] });
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
