/**
 * Holds the documents to the code.
 *
 * Promises: every `ts` and `tsx` fence of every Markdown file compiles as a module against the built packages,
 * every relative link leads to a file of the repository, every test that a table of docs/attacks.md or SECURITY.md
 * names is in the file that it names, and no requirement of the ASVS in SECURITY.md lacks a test without saying so. A
 * failure names the document's file and line.
 */
import {
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { check, runAsProgram } from "./checks.mjs";
import { checkEnginesPage } from "./engines-page.mjs";
import { checkRecipes } from "./check-recipes.mjs";
import { runNode } from "./command.mjs";
import { root, tool } from "./workspace.mjs";

/** Their tables name tests: a link to a file, then titles of tests in it, each in quotes. */
const attacks = "docs/attacks.md";
const security = "SECURITY.md";

/** Inside the workspace, so that types of the root's dependencies resolve. */
const workshop = join(root, ".tmp", "documents");

/** @returns {Promise<import("./checks.mjs").Check[]>} */
export async function checkDocuments() {
  const documents = globSync("**/*.md", { cwd: root, exclude: isNotOurs }).toSorted();
  return [
    await check("every snippet compiles", () => compileSnippets(documents)),
    await check("every relative link leads to a file", async () => {
      const broken = documents.flatMap(brokenLinks);
      return { ok: broken.length === 0, detail: broken.join("\n") };
    }),
    await check("every test that the list of attacks names exists", async () => judgeNamedTests(attacks)),
    await check("every test that SECURITY.md names exists", async () => judgeNamedTests(security)),
    await check("each requirement of the ASVS has its test, or says that it has none", async () => {
      const { listed, bare } = requirementsWithoutTest(security);
      return { ok: listed > 0 && bare.length === 0, detail: bare.join("\n") || `${listed} requirements` };
    }),
    ...(await checkEnginesPage()),
    ...(await checkRecipes()),
  ];
}

/** @param {string} document */
function judgeNamedTests(document) {
  const { named, missing } = namedTests(document);
  return { ok: named > 0 && missing.length === 0, detail: missing.join("\n") || `${named} tests` };
}

/**
 * The rows of a table of requirements: each names a test, or has the words "no test" and a reason. None comes twice.
 *
 * @param {string} document
 */
function requirementsWithoutTest(document) {
  const seen = new Set();
  /** @type {string[]} */
  const bare = [];
  const lines = readFileSync(join(root, document), "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    const [, requirement] = /^\| (\d+\.\d+\.\d+) +\|/.exec(line) ?? [];
    if (requirement === undefined) {
      continue;
    }
    const shows = /\]\([^)]+\) "[^"]+"/.test(line) || /\bno test: \S/i.test(line);
    if (!shows || seen.has(requirement)) {
      bare.push(`${document}(${index + 1}): ${requirement}${shows ? " stands there twice" : ""}`);
    }
    seen.add(requirement);
  }
  return { listed: seen.size, bare };
}

/**
 * The tests that the rows of a table quote, each in the file that is linked before it.
 *
 * @param {string} document
 */
function namedTests(document) {
  let named = 0;
  /** @type {string[]} */
  const missing = [];
  const lines = readFileSync(join(root, document), "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("|")) {
      continue;
    }
    let text = "";
    for (const [, target, title] of line.matchAll(/\]\(([^)]+)\)|"([^"]+)"/g)) {
      if (target !== undefined) {
        const path = resolve(root, dirname(document), target);
        text = existsSync(path) ? readFileSync(path, "utf8") : "";
      } else if (title !== undefined) {
        named += 1;
        if (!text.includes(title)) {
          missing.push(`${document}(${index + 1}): no test "${title}"`);
        }
      }
    }
  }
  return { named, missing };
}

/** @param {string} path */
function isNotOurs(path) {
  return /(^|[\\/])(node_modules|dist|coverage|test-results|playwright-report|\.tmp|\.next|\.git)$/.test(
    path,
  );
}

/** @param {readonly string[]} documents */
async function compileSnippets(documents) {
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true });
  linkDependencies();
  const snippets = documents.flatMap((document) => writeSnippets(document));
  if (snippets.length === 0) {
    return { ok: false, detail: "No document has a ts fence: there was nothing to compile." };
  }
  const compilerOptions = {
    composite: false,
    declaration: false,
    noEmit: true,
    // A snippet shows how a thing is made without using it.
    noUnusedLocals: false,
    noUnusedParameters: false,
    lib: ["ES2024", "DOM", "DOM.Iterable"],
    types: ["node"],
    jsx: "react-jsx",
    module: "ESNext",
    moduleResolution: "bundler",
  };
  // What a snippet says of a module is known to its whole program: it gets one of its own.
  const apart = snippets.filter((snippet) => readFileSync(snippet, "utf8").includes("declare module"));
  const programs = [
    snippets.filter((snippet) => !apart.includes(snippet)),
    ...apart.map((snippet) => [snippet]),
  ];
  let output = "";
  let ok = true;
  for (const [index, files] of programs.entries()) {
    const project = join(workshop, `tsconfig.${index}.json`);
    writeFileSync(project, JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, files }));
    const result = await runNode(tool("typescript", "tsc"), ["-p", project, "--pretty", "false"]);
    ok &&= result.ok;
    output += result.output;
  }
  const located = output.replaceAll(/^\S*?documents[\\/](\S+)\.fence\d+\.tsx?\((\d+),/gm, "$1($2,");
  return { ok, detail: ok ? `${snippets.length} snippets` : located };
}

/**
 * A snippet may import what any member of the workspace depends on, not only what the root does.
 */
function linkDependencies() {
  for (const folder of globSync("{packages/*,examples/*,playwright}/node_modules", { cwd: root })) {
    const entries = readdirSync(join(root, folder)).filter((name) => !name.startsWith("."));
    const names = entries.flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(root, folder, name)).map((inner) => `${name}/${inner}`)
        : [name],
    );
    for (const name of names) {
      const link = join(workshop, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
        symlinkSync(join(root, folder, name), link, "junction");
      }
    }
  }
}

/**
 * Writes each fence as a module that begins on the same line as in the document, so that errors point there.
 *
 * @param {string} document
 */
function writeSnippets(document) {
  const text = readFileSync(join(root, document), "utf8").replaceAll("\r\n", "\n");
  return [...text.matchAll(/^( *)```(tsx?)\b[^\n]*\n(.*?)^\1```/gms)].map((match, index) => {
    const line = text.slice(0, match.index).split("\n").length;
    const path = join(workshop, `${document}.fence${index}.${match[2]}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${"\n".repeat(line)}${match[3]}\nexport {};\n`);
    return path;
  });
}

/** @param {string} document */
function brokenLinks(document) {
  const lines = withoutFences(readFileSync(join(root, document), "utf8")).split("\n");
  return lines.flatMap((line, index) =>
    [...line.matchAll(/\]\(<?([^)\s>]+)|^\[[^\]]+\]:\s*(\S+)/g)]
      .map(([, inline, reference]) => (inline ?? reference ?? "").replace(/[#?].*$/, ""))
      .filter((target) => target !== "" && !/^[a-z][a-z+.-]*:/i.test(target))
      .filter((target) => !leadsToFile(document, target))
      .map((target) => `${document}(${index + 1}): ${target}`),
  );
}

/**
 * @param {string} document
 * @param {string} target
 */
function leadsToFile(document, target) {
  const path = resolve(root, dirname(document), decodeURI(target));
  return existsSync(path) && !relative(root, path).startsWith("..");
}

/** @param {string} text */
function withoutFences(text) {
  return text.replaceAll(/^( *)(```+).*?^\1\2/gms, blank).replaceAll(/`[^`\n]+`/g, blank);
}

/** @param {string} code */
function blank(code) {
  return code.replaceAll(/[^\n]/g, " ");
}

await runAsProgram(import.meta.url, checkDocuments);
