/**
 * What each engine cannot be made to do, as Markdown: the table of playwright/support/engines.ts.
 *
 * Promises: docs/engines.md holds it between two marks; `--write` puts it there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { runAsProgram, check } from "./checks.mjs";
import { root } from "./workspace.mjs";

const page = join(root, "docs", "engines.md");
const marks = /(<!-- capabilities: begin -->\n)[^]*(\n<!-- capabilities: end -->)/;

/** @returns {Promise<string>} the page as it should be */
async function writtenPage() {
  const { capabilities, engines } = await import("../playwright/support/engines.ts");
  const cell = (/** @type {string | undefined} */ text) => text ?? "yes";
  const rows = capabilities.map(
    ({ tag, what, lacking }) =>
      `| \`${tag}\` | ${what} | ${engines.map((engine) => cell(lacking[engine])).join(" | ")} |`,
  );
  const head = ["", "can it …", ...engines];
  const table = [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...rows].join("\n");
  const text = readFileSync(page, "utf8").replace(marks, (_, begin, end) => `${begin}\n${table}\n${end}`);
  return format(text, { ...(await resolveConfig(page)), filepath: page });
}

/** @param {readonly string[]} [args] */
export async function checkEnginesPage(args = []) {
  const result = await check("docs/engines.md says what the table of the browser suite says", async () => {
    const text = await writtenPage();
    if (args.includes("--write")) {
      writeFileSync(page, text);
    }
    return {
      ok: marks.test(text) && readFileSync(page, "utf8") === text,
      detail: "node scripts/engines-page.mjs --write",
    };
  });
  return [result];
}

await runAsProgram(import.meta.url, () => checkEnginesPage(process.argv.slice(2)));
