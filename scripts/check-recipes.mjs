/**
 * Holds the code that documents show to the files that the tests run.
 *
 * Promises: what stands under `<!-- code: path -->` is the file at that path, and every recipe is shown somewhere;
 * `--write` puts the code there.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, runAsProgram } from "./checks.mjs";
import { root } from "./workspace.mjs";

/** A mark, an empty line, and a fence. Without one, the mark stands alone, and so is found wanting. */
const shown = /^<!-- code: (\S+) -->$(?:\n\n(`{3,})(\w+)\n([^]*?)^\2$)?/gm;

/** @param {string} path */
function isNotOurs(path) {
  return /(^|[\\/])(node_modules|dist|coverage|test-results|playwright-report|\.tmp|\.next|\.git)$/.test(
    path,
  );
}

/** @param {string} path */
function read(path) {
  return readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
}

/** @returns {string[]} the recipes, by their paths */
function recipes() {
  return globSync(["playwright/recipes/**/*.{ts,tsx,vue}", "packages/*/test/recipes/**/*.{ts,tsx,vue}"], {
    cwd: root,
    exclude: isNotOurs,
  })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.includes(".test."))
    .toSorted();
}

/**
 * The document with the code as it is.
 *
 * @param {string} text
 */
function withCode(text) {
  return text.replaceAll(shown, (mark, /** @type {string} */ path, fence = "```", language = "") => {
    if (!existsSync(join(root, path))) {
      return mark;
    }
    const name = language === "" ? path.split(".").at(-1) : language;
    return `<!-- code: ${path} -->\n\n${fence}${name}\n${read(path)}${fence}`;
  });
}

/**
 * @param {string} document
 * @returns {string[]} what is wrong with it
 */
function differences(document) {
  return [...read(document).matchAll(shown)].flatMap(([, path = "", , , code]) => {
    if (!existsSync(join(root, path))) {
      return [`${document}: there is no ${path}`];
    }
    return code === read(path) ? [] : [`${document}: what it shows is not ${path}`];
  });
}

/** @param {readonly string[]} [args] */
export async function checkRecipes(args = []) {
  const documents = globSync("**/*.md", { cwd: root, exclude: isNotOurs }).toSorted();
  if (args.includes("--write")) {
    for (const document of documents) {
      const text = read(document);
      const written = withCode(text);
      if (written !== text) {
        writeFileSync(join(root, document), written);
      }
    }
  }
  const all = recipes();
  return [
    await check("what documents show is the code that is tested", async () => {
      const wrong = documents.flatMap(differences);
      const remedy = "node scripts/check-recipes.mjs --write";
      return { ok: wrong.length === 0, detail: wrong.length === 0 ? "" : [...wrong, remedy].join("\n") };
    }),
    await check("every recipe is shown", async () => {
      const marked = new Set(
        documents.flatMap((document) => [...read(document).matchAll(shown)].map(([, path]) => path)),
      );
      const missing = all.filter((path) => !marked.has(path));
      return {
        ok: all.length > 0 && missing.length === 0,
        detail: missing.join("\n") || `${all.length} recipes`,
      };
    }),
  ];
}

await runAsProgram(import.meta.url, checkRecipes);
