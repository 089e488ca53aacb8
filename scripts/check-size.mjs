/**
 * Measures what an application pays for the packages, and holds README.md to it.
 *
 * Promises: the start-up cost of the core and of the bindings (the entry bundled and minified as an application's bundler
 * would, with gzip -9; neither modules that are imported later, nor for a binding its framework and the core, are counted),
 * what listens to the server, which is imported later, and the script-tag build stay within their budgets, and the figures in README.md are the measured ones. `--write` puts them there.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { check, runAsProgram } from "./checks.mjs";
import { globalBuildPath } from "./global-build.mjs";
import { root } from "./workspace.mjs";

/** Bytes; 1 kB is 1000 of them. */
const budgets = { core: 24_000, events: 4_300, global: 27_100, react: 1_150, vue: 1_000 };
const readme = join(root, "README.md");

/**
 * @param {readonly string[]} args
 * @returns {Promise<import("./checks.mjs").Check[]>}
 */
export async function checkSize(args = []) {
  return [
    ...(await judge("core", "the core at start-up", () => measureEntry("core"), args)),
    ...(await judge("events", "what listens to the server", measureListener, args)),
    ...(await judge("react", "the React binding", () => measureEntry("react"), args)),
    ...(await judge("vue", "the Vue binding", () => measureEntry("vue"), args)),
    ...(await judge("global", "the script-tag build", measureGlobal, args)),
  ];
}

/**
 * @param {keyof typeof budgets} id
 * @param {string} subject
 * @param {() => Promise<number>} measure
 * @param {readonly string[]} args
 */
async function judge(id, subject, measure, args) {
  let bytes = Number.NaN;
  const budget = await check(`${subject} is within ${budgets[id]} bytes`, async () => {
    bytes = await measure();
    return { ok: bytes <= budgets[id], detail: `${bytes} bytes with gzip -9` };
  });
  const figure = await check(`README.md tells the size of ${subject}`, async () =>
    compareReadme(id, bytes, args),
  );
  return [budget, figure];
}

/** @param {string} name of a package's folder */
async function bundleEntry(name) {
  const bundle = await rolldown({
    input: join(root, "packages", name, "dist", "index.js"),
    platform: "browser",
    external: name === "core" ? [] : [name, "@lockstep/core"],
    // `"use client"` is for the bundler of a server, which reads the files one by one.
    onLog: (level, log, report) => log.code !== "MODULE_LEVEL_DIRECTIVE" && report(level, log),
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output.flatMap((file) => (file.type === "chunk" ? [file] : []));
}

/** Bundled as an application's bundler would: a file of its own. */
async function measureListener() {
  const own = (await bundleEntry("core")).filter(({ moduleIds }) =>
    moduleIds.some((id) => id.endsWith("browser-listener.js")),
  );
  const isAlone = own.length === 1 && own[0]?.isEntry === false;
  return isAlone ? sum(own.map(({ code }) => gzipBytes(code))) : missing("browser-listener.js");
}

/** @param {string} name of a package's folder */
async function measureEntry(name) {
  const output = await bundleEntry(name);
  const chunks = new Map(output.map((file) => [file.fileName, file]));
  const atStart = new Set(output.slice(0, 1).map(({ fileName }) => fileName));
  // A set's iterator also visits what is added while it runs.
  for (const fileName of atStart) {
    const imports = chunks.get(fileName)?.imports ?? [];
    imports.filter((imported) => !isPeer(name, imported)).forEach((imported) => atStart.add(imported));
  }
  return sum([...atStart].map((fileName) => gzipBytes(chunks.get(fileName)?.code ?? missing(fileName))));
}

/**
 * @param {string} name
 * @param {string} imported
 */
function isPeer(name, imported) {
  return imported === name || imported === "@lockstep/core";
}

async function measureGlobal() {
  return gzipBytes(readFileSync(globalBuildPath, "utf8"));
}

/**
 * @param {string} id
 * @param {number} bytes
 * @param {readonly string[]} args
 */
function compareReadme(id, bytes, args) {
  if (Number.isNaN(bytes)) {
    return { ok: false, detail: "There is no measured size to compare with." };
  }
  const wanted = `${(Math.ceil(bytes / 100) / 10).toFixed(1)} kB`;
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  const marked = new RegExp(`(<!-- size:${id} -->)(.*?)(<!-- /size -->)`, "g");
  const found = [...text.matchAll(marked)].map(([, , figure]) => figure);
  if (found.length === 0) {
    return { ok: false, detail: `README.md has no <!-- size:${id} -->…<!-- /size --> to hold ${wanted}.` };
  }
  if (args.includes("--write")) {
    writeFileSync(readme, text.replace(marked, `$1${wanted}$3`));
    return { ok: true, detail: `wrote ${wanted}` };
  }
  const ok = found.every((figure) => figure === wanted);
  const remedy = `README.md says ${found.join(", ")}; it is ${wanted}. Run: npm run size -- --write`;
  return ok ? { ok } : { ok, detail: remedy };
}

/** @param {string} text */
function gzipBytes(text) {
  return gzipSync(text, { level: 9 }).byteLength;
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/**
 * @param {string} module
 * @returns {never}
 */
function missing(module) {
  throw new Error(
    `A package imports "${module}", which is not in its bundle: an application would pay for it too.`,
  );
}

await runAsProgram(import.meta.url, checkSize);
