/** The examples that show one small application, each in the habits of its ecosystem. */
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const examples = ["vanilla", "react", "vue", "script-tag"] as const;

export type Example = (typeof examples)[number];

const root = fileURLToPath(new URL("../../../", import.meta.url));

export const folderOf = (example: Example): string => join(root, "examples", example);

/** A command of the example's `package.json`, and the environment that a package manager would run it in. */
export function scriptOf(example: Example, names: readonly string[]) {
  const folder = folderOf(example);
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const command = names.map((name) => scripts[name]).find((found) => found !== undefined);
  if (command === undefined) throw new Error(`The example ${example} has none of: ${names.join(", ")}.`);
  const path = [
    dirname(process.execPath),
    join(folder, "node_modules", ".bin"),
    join(root, "node_modules", ".bin"),
  ];
  const env = { ...process.env, PATH: [...path, process.env["PATH"]].join(delimiter), NO_COLOR: "1" };
  // The test runner sets them for itself.
  for (const name of ["NODE_ENV", "FORCE_COLOR"]) Reflect.deleteProperty(env, name);
  return { command, folder, env };
}
