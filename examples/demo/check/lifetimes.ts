/** One token lifetime costs one refresh, however many tabs there are. */
import type { Tab } from "./browser-tabs.ts";
import type { Row } from "./rows.ts";
import type { Visit } from "./visit.ts";

/** Tokens are replaced when three quarters of their life are over; clocks that tell whole milliseconds may differ by one. */
const leastAge = 0.749;

/** How old the tokens were that this tab sent a refresh for, from its event number `since` on; shares of a lifetime. */
function agesWhenReplaced({ events }: Tab, since: number, lifetimeMs: number): readonly number[] {
  const ages: number[] = [];
  let bornAt = Number.NaN;
  for (const [index, event] of events.entries()) {
    if (event.type === "refreshed") bornAt = event.at - event.tookMs;
    if (event.type === "adopted") bornAt = event.at - event.ageMs;
    if (event.type === "refresh-sent" && index >= since) ages.push((event.at - bornAt) / lifetimeMs);
  }
  return ages;
}

/**
 * Lives through so many tokens, and sets the refresh requests that reached the server meanwhile against the lifetimes:
 * the tokens that were replaced when they were due. One replaced too early is a request without a lifetime.
 */
export async function measureLifetimes(visit: Visit): Promise<readonly Row[]> {
  const { server, tabs, lifetimeMs, lifetimeCount } = visit;
  const limitMs = lifetimeMs * (lifetimeCount + 3);
  const requests = (): number => server.figures.read().refreshRequests;

  // From one new token that all tabs hold to another, so that no refresh is counted in half: one that they have held for
  // a while may be about to be replaced, by a request that a tab has told of and the server has yet to count.
  const held = await tabs.agree(1, limitMs);
  const first = await tabs.agree(held + 1, limitMs);
  const before = requests();
  const begun = tabs.open.map((tab) => ({ tab, since: tab.events.length }));
  await tabs.agree(first + lifetimeCount, limitMs);
  const sent = requests() - before;

  const ages = begun.flatMap(({ tab, since }) => agesWhenReplaced(tab, since, lifetimeMs));
  const lifetimes = ages.filter((age) => age >= leastAge).length;
  const youngest = Math.min(...ages);
  return [
    {
      name: `refreshes per lifetime, ${tabs.open.length} tabs, ${lifetimes} lifetimes`,
      figure: (sent / lifetimes).toFixed(2),
      target: "1.00",
      ok: lifetimes >= lifetimeCount && sent === lifetimes,
    },
    {
      name: "age of a token when it was replaced, least",
      figure: `${(youngest * 100).toFixed(1)} %`,
      target: "three quarters of its lifetime or more",
      ok: youngest >= leastAge,
    },
  ];
}
