/** The figures as Markdown. */
import { cpus, loadavg, totalmem } from "node:os";
import { atShare } from "./load.mjs";

/** @param {{ postgres?: string, redis?: string }} versions of the database servers */
export function describeMachine({ postgres, redis }) {
  const [processor] = cpus();
  const parts = [
    `${cpus().length} cores (${processor?.model.trim() ?? "unknown"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
    `SQLite ${process.versions.sqlite}`,
    ...(postgres === undefined ? [] : [`PostgreSQL ${postgres}`]),
    ...(redis === undefined ? [] : [`Redis ${redis}`]),
  ];
  const [load] = loadavg();
  return `${parts.join(", ")}. Load of the machine when the run began: ${load.toFixed(1)}.`;
}

/** @param {readonly object[]} lanes of `measureRefreshes` */
export function reportRefreshes(lanes, { clients, rounds, sliceMs }) {
  const setting = `Median of ${rounds} rounds of ${sliceMs / 1000} s, and in brackets the lowest and the highest.`;
  return [setting, ...clients.map((count) => reportClients(lanes, count)), reportCosts(lanes)].join("\n\n");
}

function reportClients(lanes, clients) {
  const rows = lanes.map((lane) => {
    const results = lane.results.filter((result) => result.clients === clients);
    const rival = lanes.find(
      (other) =>
        other.kind === "better-auth" &&
        other !== lane &&
        other.storeName === lane.storeName &&
        other.transport === lane.transport,
    );
    return [
      nameOf(lane),
      spread(results.map(({ perSecond }) => perSecond)),
      spread(results.map(({ p50 }) => p50)),
      spread(results.map(({ p99 }) => p99)),
      spread(results.map(({ cpuMs }) => cpuMs)),
      shareOf(results, "refused"),
      rival === undefined ? "" : `${spread(ratios(results, rival, clients))} ×`,
    ];
  });
  const head = ["", "a second", "p50, ms", "p99, ms", "CPU, ms each", "503", "of better-auth's a second"];
  return `### ${clients} ${clients === 1 ? "client" : "clients"} at a time\n\n${table(head, rows)}`;
}

/** Of all answers of all rounds. */
function shareOf(results, kind) {
  const sum = (member) => results.reduce((total, result) => total + result[member], 0);
  return sum(kind) === 0 ? "0" : `${number((sum(kind) / sum("answers")) * 100)} %`;
}

/** Round by round, so that what slowed one round slowed both. */
function ratios(results, rival, clients) {
  return results.map(({ round, perSecond }) => {
    const other = rival.results.find((result) => result.clients === clients && result.round === round);
    return perSecond / other.perSecond;
  });
}

function reportCosts(lanes) {
  const rows = lanes
    .filter(({ transport }) => transport === "in-process")
    .map(({ cost, ...lane }) => [
      nameOf(lane),
      cost.unit === "none" ? "none" : `${cost.each} ${cost.unit}`,
      cost.hotShare === undefined ? "" : `${number(cost.hotShare * 100)} %`,
    ]);
  const head = ["", "round trips", "updates that touched no index (HOT)"];
  return `### What one renewal costs the store\n\nCounted on the connections, and by PostgreSQL.\n\n${table(head, rows)}`;
}

function nameOf({ kind, library, storeName, transport }) {
  const name = kind === "lockstep" ? `**${library}**` : library;
  return `${name}, ${storeName}${transport === "http" ? ", over http" : ""}`;
}

/** @param {{ figures: readonly object[], left: readonly string[] }} measured of `measureStreams` */
export function reportStreams({ figures, left }) {
  const name = ({ storeName, transport }) =>
    `${storeName}, ${transport === "http" ? "over http" : "in-process"}`;
  const costs = figures.map((row) => [
    name(row),
    count(row.streams),
    `${number(row.heap.each / 1024)} kB`,
    `${number(row.rss.each / 1024)} kB`,
    `${number(row.rss.after / 2 ** 20)} MB`,
    `${number(row.cpu.rest * 100)} %`,
    `${number(row.cpu.idle * 100)} %`,
    `${number(row.streams / (row.openMs / 1000))} a second`,
  ]);
  const times = figures.map((row) => [
    name(row),
    `${number(row.toOne.median)} (${number(row.toOne.most)})`,
    `${number(row.toMany.median)} (${number(row.toMany.most)})`,
    `${number(row.toAll.median)}`,
    `${number(row.toAll.last)}`,
  ]);
  const [{ toMany, toAll }] = figures;
  return [
    "### What a stream costs",
    table(["", "streams", "heap each", "RSS each", "RSS of all", "CPU without", "CPU with", "opened"], costs),
    "### How long it takes to tell",
    `Milliseconds from the decision until the last browser was told; of users one after the other, the median and in brackets the longest. All: ${count(toAll.streams)} streams at once.`,
    table(
      ["", "one stream", `${toMany.streams} streams of a user`, "all: half of them", "all: the last"],
      times,
    ),
    ...left.map((line) => `Not measured: ${line}.`),
  ].join("\n\n");
}

/** The median, with the lowest and the highest. */
function spread(values) {
  const sorted = values.toSorted((left, right) => left - right);
  return `${number(atShare(sorted, 0.5))} (${number(sorted[0])}–${number(sorted.at(-1))})`;
}

/** Three digits, or all before the point. */
function number(value) {
  if (value >= 100) return count(Math.round(value));
  return value.toPrecision(value >= 10 ? 3 : 2);
}

function count(value) {
  return value.toLocaleString("en-GB");
}

function table(head, rows) {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
