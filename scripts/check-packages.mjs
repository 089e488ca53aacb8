/**
 * Tests the packages as users get them: packed, and installed into an empty project.
 *
 * Promises: each public package's tarball satisfies publint and attw, holds its LICENSE and README.md, and
 * installs with npm; every entry it exports can be imported in Node and compiles in a program that resolves
 * modules as bundlers do and as Node does, with the declarations themselves checked.
 */
import { existsSync, mkdirSync, mkdtempSync, globSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, runAsProgram } from "./checks.mjs";
import { run, runNode } from "./command.mjs";
import { pnpm } from "./install-workspace.mjs";
import { publicPackages, readJson, root, tool } from "./workspace.mjs";

/** @typedef {import("./checks.mjs").Check} Check */
/** @typedef {import("./workspace.mjs").PublicPackage} PublicPackage */

/** @returns {Promise<Check[]>} */
export async function checkPackages() {
  const workshop = mkdtempSync(join(tmpdir(), "lockstep-packages-"));
  try {
    const packages = publicPackages().map((each) => ({ ...each, tarball: "" }));
    const results = [];
    for (const each of packages) {
      const packed = await check(`${each.name} packs`, async () => {
        each.tarball = await pack(each, workshop);
        return { ok: true };
      });
      results.push(packed, ...(packed.ok ? await checkTarball(each) : []));
    }
    const project = join(workshop, "project");
    const tarballs = packages.map(({ tarball }) => tarball);
    const installed = await check("the packages install into an empty project", () =>
      install(project, tarballs),
    );
    results.push(installed);
    for (const each of installed.ok ? packages : []) {
      results.push(...(await checkInstalled(each, project)));
    }
    return results;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/**
 * @param {PublicPackage} each
 * @param {string} workshop
 */
async function pack({ name, folder }, workshop) {
  const destination = join(workshop, name.replaceAll(/\W+/g, "-"));
  mkdirSync(destination);
  const args = ["--yes", pnpm, "pack", "--pack-destination", destination];
  const { ok, output } = await run("npx", args, { cwd: folder });
  const [tarball] = globSync("*.tgz", { cwd: destination });
  if (!ok || tarball === undefined) {
    throw new Error(output);
  }
  return join(destination, tarball);
}

/**
 * @param {PublicPackage & { tarball: string }} each
 * @returns {Promise<Check[]>}
 */
async function checkTarball({ name, exports, tarball }) {
  const untyped = Object.keys(exports).filter((entry) => !isTyped(exports[entry]));
  const attwArgs = [
    "--profile",
    "esm-only",
    "--no-definitely-typed",
    "--format",
    "ascii",
    "--no-emoji",
    "--no-color",
  ];
  return [
    await check(`${name} satisfies publint`, () =>
      judge(tool("publint", "publint"), ["run", tarball, "--strict"]),
    ),
    await check(`${name} satisfies attw`, () =>
      judge(tool("@arethetypeswrong/cli", "attw"), [
        tarball,
        ...attwArgs,
        "--exclude-entrypoints",
        ...untyped,
      ]),
    ),
  ];
}

/**
 * @param {string} project
 * @param {readonly string[]} tarballs
 */
async function install(project, tarballs) {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  // What a user of React or Node has beside them; the peers come by themselves.
  const types = [typesOf("@types/node", "."), typesOf("@types/react", "packages/react")];
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...tarballs, ...types];
  const { ok, output } = await run("npm", args, { cwd: project });
  return { ok, detail: ok ? "" : output };
}

/**
 * @param {string} name
 * @param {string} folder of the package that develops with it
 */
function typesOf(name, folder) {
  return `${name}@${readJson(join(root, folder, "package.json")).devDependencies[name]}`;
}

/**
 * @param {PublicPackage} each
 * @param {string} project where it is installed
 * @returns {Promise<Check[]>}
 */
async function checkInstalled({ name, exports }, project) {
  const entries = Object.keys(exports).map((entry) => name + entry.slice(1));
  const typed = entries.filter((_, index) => isTyped(Object.values(exports)[index]));
  return [
    await check(`${name} holds its LICENSE and README.md`, async () => {
      const files = ["LICENSE", "README.md"].filter(
        (file) => !existsSync(join(project, "node_modules", name, file)),
      );
      return { ok: files.length === 0, detail: files.map((file) => `${file} is missing`).join("\n") };
    }),
    await check(`every entry of ${name} can be imported in Node ${process.version}`, () =>
      importAll(entries, project),
    ),
    await check(`${name} compiles for a bundler`, () => compile(typed, project, "ESNext", "bundler")),
    await check(`${name} compiles for Node`, () => compile(typed, project, "NodeNext", "nodenext")),
  ];
}

/**
 * @param {readonly string[]} entries
 * @param {string} project
 */
function importAll(entries, project) {
  const imports = entries.map((entry) =>
    entry.endsWith(".json")
      ? `await import("${entry}", { with: { type: "json" } });`
      : `await import("${entry}");`,
  );
  const script = join(project, "import-all.mjs");
  writeFileSync(script, `${imports.join("\n")}\n`);
  return judge(script, [], project);
}

/**
 * The core must do without Node's types, as in an application for browsers; the server without the DOM's.
 *
 * @param {readonly string[]} entries
 * @param {string} project
 * @param {string} module
 * @param {string} moduleResolution
 */
function compile(entries, project, module, moduleResolution) {
  const forServer = entries.some((entry) => entry.startsWith("@lockstep/server"));
  const platform = forServer ? { lib: ["ES2022"], types: ["node"] } : { lib: ["ES2022", "DOM"], types: [] };
  const compilerOptions = {
    module,
    moduleResolution,
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: "ES2022",
  };
  const imports = entries.map((entry, index) => `import * as entry${index} from "${entry}";`);
  const uses = `export const entries = [${entries.map((_, index) => `entry${index}`).join(", ")}];`;
  writeFileSync(join(project, "consumer.ts"), `${imports.join("\n")}\n${uses}\n`);
  const configuration = { compilerOptions: { ...compilerOptions, ...platform }, files: ["consumer.ts"] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(configuration));
  return judge(tool("typescript", "tsc"), ["-p", project, "--pretty", "false"]);
}

/**
 * @param {string} script
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
async function judge(script, args, cwd = root) {
  const { ok, output } = await runNode(script, args, { cwd });
  return { ok, detail: ok ? "" : output };
}

/** @param {unknown} entry of a manifest's `exports` */
function isTyped(entry) {
  return typeof entry === "object" && entry !== null && "types" in entry;
}

await runAsProgram(import.meta.url, checkPackages);
