/** The script of the page in which the conformance suites run, and of its frames. */
import type { ConformanceCase } from "@lockstep/testing/conformance";
import { realAdapters } from "./real-adapters.js";
import { adapters, openRealms } from "./realm.js";

declare global {
  interface Window {
    /** Runs one case; resolves with what was broken, or `null`. */
    runConformance?: (port: string, title: string) => Promise<string | null>;
  }
}

window.adapters = adapters;

async function open(): Promise<Readonly<Record<string, readonly ConformanceCase[]>>> {
  const [page, ...frames] = await openRealms(2);
  if (page === undefined) throw new Error("There is no page.");
  return realAdapters([page, ...frames]);
}

let opened: ReturnType<typeof open> | null = null;

window.runConformance = async (port, title) => {
  opened ??= open();
  const found = (await opened)[port]?.find((each) => each.title === title);
  if (found === undefined) return `There is no case "${title}" for ${port}.`;
  try {
    await found.run();
    return null;
  } catch (error) {
    return String(error);
  }
};
