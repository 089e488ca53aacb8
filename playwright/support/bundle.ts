/**
 * The built SDK as a page loads it: ES modules, bundled once for each worker.
 *
 * `LOCKSTEP_SABOTAGE` names a fault of `sabotage.ts` to build in, to see the tests that guard against it go red.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown, type Plugin } from "rolldown";
import { sabotages, type Sabotage } from "./sabotage.js";

const dist = fileURLToPath(new URL("../../packages/core/dist/", import.meta.url));

function sabotagePlugin(name: string, { file, find, replace }: Sabotage): Plugin {
  let applied = false;
  return {
    name: "sabotage",
    transform(code, id) {
      if (!id.replaceAll("\\", "/").endsWith(`/core/dist/${file}`)) return null;
      if (code.split(find).length !== 2) throw new Error(`Sabotage ${name}: ${file} has not one "${find}".`);
      applied = true;
      return code.replace(find, () => replace);
    },
    buildEnd() {
      if (!applied) throw new Error(`Sabotage ${name}: ${file} is not part of the bundle.`);
    },
  };
}

function chosenSabotage(): Plugin[] {
  const name = process.env["LOCKSTEP_SABOTAGE"] ?? "";
  if (name === "") return [];
  const sabotage = sabotages[name];
  if (sabotage === undefined) throw new Error(`There is no sabotage "${name}".`);
  return [sabotagePlugin(name, sabotage)];
}

/** What the test server serves, by path. */
export type Scripts = ReadonlyMap<string, string>;

/** Bundles the SDK. Its entry is `/core.js`, that of the `ky` instance `/ky.js`, the script-tag build `/lockstep.global.js`. */
export async function bundleScripts(): Promise<Scripts> {
  const bundle = await rolldown({
    input: { core: `${dist}index.js`, ky: `${dist}ky.js` },
    platform: "browser",
    plugins: chosenSabotage(),
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, entryFileNames: "[name].js" });
  await bundle.close();
  const scripts = new Map<string, string>();
  for (const file of output) if (file.type === "chunk") scripts.set(`/${file.fileName}`, file.code);
  scripts.set("/lockstep.global.js", readFileSync(`${dist}lockstep.global.js`, "utf8"));
  for (const name of ["prepare.js", "app.js", "plain.js", "tagged.js"])
    scripts.set(`/${name}`, readFileSync(new URL(`../page/${name}`, import.meta.url), "utf8"));
  return scripts;
}
