/** The death of the process that a page lives in: no event is fired, and nothing of the page's is cleaned up by itself. */
import { execFileSync } from "node:child_process";
import type { Page } from "@playwright/test";
import type { Engine } from "./engines.js";
import type { World } from "./fixtures.js";
import type { Tab } from "./tabs.js";

export interface Doomed {
  readonly tab: Tab;
  /** Ends its process; it is gone when this settles. */
  kill(): Promise<void>;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Linux keeps the first 15 characters. */
  readonly name: string;
}

/** The processes that this test run has started, and theirs. */
function ownProcesses(): readonly Process[] {
  const lines = execFileSync("ps", ["-e", "-o", "pid=,ppid=,comm="], { encoding: "utf8" }).split("\n");
  const all = lines.map((line): Process => {
    const [, pid = "", parent = "", name = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), name };
  });
  const own: Process[] = [];
  let generation = all.filter(({ parent }) => parent === process.pid);
  while (generation.length > 0) {
    own.push(...generation);
    const pids = new Set(generation.map(({ pid }) => pid));
    generation = all.filter(({ parent }) => pids.has(parent));
  }
  return own;
}

/** Those in which pages live. */
const pageProcesses: Readonly<Record<Exclude<Engine, "chromium">, RegExp>> = {
  // Of a site's pages; others are for pages to come, without which Firefox's driver loses its way.
  firefox: /^Isolated Web/,
  webkit: /^WebKitWebProc/,
};

function findPageProcesses(engine: Exclude<Engine, "chromium">): readonly number[] {
  return ownProcesses().flatMap(({ pid, name }) => (pageProcesses[engine].test(name) ? [pid] : []));
}

async function crash(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // Never answered.
  void devtools.send("Page.crash").catch(() => undefined);
  await crashed;
}

/** Opens a tab that can be killed alone. */
export async function openDoomed({ openTab }: World, engine: Engine): Promise<Doomed> {
  if (engine === "chromium") {
    const tab = await openTab();
    return { tab, kill: () => crash(tab.page) };
  }
  const before = new Set(findPageProcesses(engine));
  const tab = await openTab();
  const [own, ...others] = findPageProcesses(engine).filter((pid) => !before.has(pid));
  if (own === undefined || others.length > 0) throw new Error("The tab has no process of its own.");
  return { tab, kill: async () => void process.kill(own, "SIGKILL") };
}

/** Ends the processes of all pages at once. */
export async function killAll(tabs: readonly Tab[], engine: Engine): Promise<void> {
  if (engine === "chromium") {
    await Promise.all(tabs.map(({ page }) => crash(page)));
    return;
  }
  const pids = findPageProcesses(engine);
  if (pids.length === 0) throw new Error("No process of a page was found.");
  for (const pid of pids) process.kill(pid, "SIGKILL");
}
