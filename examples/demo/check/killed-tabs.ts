/** A tab that is closed while its refresh is under way costs nobody the session, on a server without any grace. */
import type { Tab } from "./browser-tabs.ts";
import { allOf, type Row } from "./rows.ts";
import { until, within } from "./until.ts";
import type { Visit } from "./visit.ts";

/** A lost answer is waited for 28 s before it is given up. */
const recoveryLimitMs = 40_000;

interface Standing {
  readonly sessionId: string | null;
  readonly status: number;
}

/** Who is signed in there, and what the API answers that tab. */
function standingIn(tab: Tab): Promise<Standing> {
  return tab.page.evaluate(async () => {
    const { session } = window.lockstepDemo;
    const response = await session.fetch("/api/notes");
    const snapshot = session.getSnapshot();
    return {
      status: response.status,
      sessionId: snapshot.status === "authenticated" ? snapshot.sessionId : null,
    };
  });
}

interface Heir {
  readonly tab: Tab;
  /** Its events from that number on happened after the death. */
  readonly since: number;
}

/** This tab has the lock of the dead one, and either waits for the lost answer or does what it must not: it sends. */
function hasItsTurn({ tab, since }: Heir): boolean {
  return tab.events.slice(since).some(({ type }) => type === "claim-awaited" || type === "refresh-sent");
}

/** Closes the tab that refreshes, between the server's decision and its answer; says whether the session was kept. */
async function killRefreshingTab({ server, tabs, lifetimeMs }: Visit): Promise<boolean> {
  await tabs.agree(1, recoveryLimitMs);
  const [witness] = tabs.open;
  if (witness === undefined) throw new Error("No tab is open.");
  const { sessionId } = await standingIn(witness);

  const held = server.network.holdNextRefresh();
  await within(held.decided, { what: "the next refresh", limitMs: lifetimeMs * 3 });
  const victim = await until(() => tabs.open.find(({ isRefreshing }) => isRefreshing), {
    what: "the tab that sent it",
    limitMs: lifetimeMs,
  });
  const heirs = tabs.open.filter((tab) => tab !== victim).map((tab) => ({ tab, since: tab.events.length }));
  // The answer is held: nobody can have the token that it brings.
  const before = Math.max(...heirs.map(({ tab }) => tab.latest?.revision ?? -1));
  await tabs.closeTab(victim);
  await until(() => heirs.some(hasItsTurn), { what: "the next tab in the queue", limitMs: lifetimeMs * 2 });
  held.release();

  const isDecided = ({ latest }: Tab): boolean =>
    (latest?.revision ?? -1) > before || latest?.status === "unauthenticated";
  const heir = await until(() => tabs.open.find(isDecided), {
    what: "another tab to get a token",
    limitMs: recoveryLimitMs,
  });
  const standing = await standingIn(heir);
  return standing.status === 200 && sessionId !== null && standing.sessionId === sessionId;
}

/** Kills so many refreshing tabs, one after the other, as long as there is a session. */
export async function measureKilledTabs(visit: Visit): Promise<readonly Row[]> {
  const { killCount } = visit;
  let kept = 0;
  while (kept < killCount && (await killRefreshingTab(visit))) kept += 1;
  return [allOf("sessions kept after the refreshing tab was closed", kept, killCount)];
}
