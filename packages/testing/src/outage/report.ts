/** The results as Markdown. */
import { curveOf, curveScale } from "./curve.js";
import type { Result } from "./rehearsal.js";

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 2 });

const seconds = (ms: number | null): string =>
  ms === null ? "not in 10 min" : `${whole.format(Math.ceil(ms / 1_000))} s`;

/** Large ones whole, small ones to two digits. */
const ratio = (value: number): string => `${value < 100 ? precise.format(value) : whole.format(value)} ×`;

const head = [
  "client",
  "normal, mean/s",
  "outage, mean/s",
  "peak/s, first minute",
  "peak ÷ mean",
  "later peak ÷ mean",
  "99 % have a token after",
  "longest without",
  "tries each",
];

function rowOf({ client, scale, figures }: Result): readonly string[] {
  const { normalMean, outageMean, peak, laterPeak, recoveredMs, longestWithoutMs, triesEach } = figures;
  return [
    client.name,
    whole.format(normalMean * scale),
    whole.format(outageMean * scale),
    whole.format(peak * scale),
    ratio(peak / normalMean),
    ratio(laterPeak / normalMean),
    seconds(recoveredMs),
    seconds(longestWithoutMs),
    precise.format(triesEach),
  ];
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function sectionOf(title: string, results: readonly Result[]): string {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  const table = [line(head), line(rule), ...results.map((result) => line(rowOf(result)))];
  const width = Math.max(...results.map(({ client }) => client.name.length));
  const curves = results.map((result) => `${result.client.name.padEnd(width)}  ${curveOf(result)}`);
  return [
    `### ${title}`,
    table.join("\n"),
    ["```text", curveScale(width + 2), ...curves, "```"].join("\n"),
  ].join("\n\n");
}

/** A section for each outage, in the order in which they were played. */
export function reportOf(results: readonly Result[]): string {
  const titles = [...new Set(results.map(({ scenario }) => scenario.title))];
  return titles
    .map((title) =>
      sectionOf(
        title,
        results.filter(({ scenario }) => scenario.title === title),
      ),
    )
    .join("\n\n");
}
