/** The SDK as a later release could be: built from the same code, with other versions on what the tabs tell each other. */
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const dist = fileURLToPath(new URL("../../packages/core/dist/", import.meta.url));

/** Where a version is written, in the built code. */
const places = {
  messages: { file: "machine/wire.js", find: "messageVersion = 1", replace: "messageVersion = 2" },
  records: { file: "machine/register.js", find: /"1"/g, replace: '"2"' },
} as const;

/** What the next release changed. */
export type Change = keyof typeof places;

const built = new Map<string, Promise<string>>();

/** Builds it, once: the code of an ES module that stands in for `/core.js`. */
export function bundleNextVersion(changes: readonly Change[]): Promise<string> {
  const name = changes.join();
  const code = built.get(name) ?? build(changes);
  built.set(name, code);
  return code;
}

async function build(changes: readonly Change[]): Promise<string> {
  const left = new Set(changes);
  const bundle = await rolldown({
    input: `${dist}index.js`,
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "next-version",
        transform(code, id) {
          const change = changes.find((change) => id.endsWith(`/core/dist/${places[change].file}`));
          if (change === undefined) return null;
          const { find, replace } = places[change];
          const changed = code.replace(find, replace);
          if (changed === code) throw new Error(`There is no version of ${change} in ${id}.`);
          left.delete(change);
          return changed;
        },
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  if (left.size > 0) throw new Error(`Not part of the bundle: ${[...left].join(", ")}`);
  return output[0].code;
}
