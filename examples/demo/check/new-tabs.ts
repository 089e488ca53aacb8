/** A new tab beside live siblings takes their token over, and sends no refresh of its own. */
import type { Tab } from "./browser-tabs.ts";
import { allOf, exactly, type Row } from "./rows.ts";
import { until } from "./until.ts";
import type { Visit } from "./visit.ts";

const limitMs = 10_000;

/** The refreshes that this tab sent before it had its first token. */
function refreshesAtFirst({ events }: Tab): number {
  const first = events.findIndex(({ type }) => type === "adopted" || type === "refreshed");
  return events.slice(0, first).filter(({ type }) => type === "refresh-sent").length;
}

/** Opens tabs until there are as many as the visit has, and counts what that cost. */
export async function measureNewTabs({ tabs, tabCount }: Visit, when: string): Promise<readonly Row[]> {
  const opened: Tab[] = [];
  while (tabs.open.length < tabCount) opened.push(await tabs.openTab());
  for (const tab of opened)
    await until(() => tab.latest?.status === "authenticated", { what: "a new tab to be signed in", limitMs });

  const sent = opened.reduce((sum, tab) => sum + refreshesAtFirst(tab), 0);
  const adopters = opened.filter(({ events }) => events.some(({ type }) => type === "adopted"));
  return [
    exactly(`refreshes sent by ${opened.length} new tabs, ${when}`, sent, 0),
    allOf(`new tabs that adopted a token, ${when}`, adopters.length, opened.length),
  ];
}
