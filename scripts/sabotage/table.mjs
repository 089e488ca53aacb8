/**
 * The table of all faults in docs/sabotage.md.
 *
 * Promises: generated from the faults themselves; everything outside of its two marks is left as it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import prettier from "prettier";
import { root } from "../workspace.mjs";
import { faults } from "./faults.mjs";

const path = join(root, "docs", "sabotage.md");
const [begin, end] = ["<!-- faults: begin -->", "<!-- faults: end -->"];

async function documentAsItShouldBe() {
  const text = readFileSync(path, "utf8");
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) {
    throw new Error(`docs/sabotage.md lacks its marks ${begin} and ${end}.`);
  }
  const rows = faults.map(({ law, name, file, seenBy, simulation }) =>
    [
      law,
      `${cell(name)}${simulation === true ? " ●" : ""}`,
      code(file.replace(/^packages\/(\w+)\/src\//, "$1/")),
      cell(testOf(seenBy)),
    ].join(" | "),
  );
  const table = ["law | fault | planted in | the test that sees it", "--- | --- | --- | ---", ...rows];
  const options = await prettier.resolveConfig(path);
  const wanted = `${head}${begin}\n\n${table.join("\n")}\n\n${end}${tail}`;
  return { text, wanted: await prettier.format(wanted, { ...options, filepath: path }) };
}

/** @param {import("./fault.mjs").Witness} witness */
function testOf({ file, title }) {
  const name = basename(file).replace(/\.test\.ts$/, "");
  return title === "" ? name : `${name}: ${title}`;
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("*", "\\*").replaceAll("_", "\\_");
}

/** @param {string} text */
function code(text) {
  return `\`${text}\``;
}

/** Puts the table into the document. */
export async function writeTable() {
  writeFileSync(path, (await documentAsItShouldBe()).wanted);
}

export async function checkTable() {
  const { text, wanted } = await documentAsItShouldBe();
  return { ok: text === wanted, detail: text === wanted ? "" : "Run: npm run sabotage -- --write" };
}
