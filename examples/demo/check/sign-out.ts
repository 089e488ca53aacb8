/** Sign-out in one tab reaches all others at once, and no token comes out of any of them after it. */
import type { Tab } from "./browser-tabs.ts";
import { allOf, exactly, type Row } from "./rows.ts";
import { within } from "./until.ts";
import type { Visit } from "./visit.ts";

/** Promised to users: within a second. */
const slowestMs = 1_000;

/**
 * A tab may trust its last look at the shared register for 50 ms; a call that begins later than that looks again, message
 * or no message. The rest allows for the clocks of two processes, which tell whole milliseconds.
 */
const lookMs = 50 + 5;

/** How often the other tabs ask for tokens, and how many times more once they know. */
const persistence = { calls: 50, pauseMs: 5 };

const limitMs = 30_000;

interface Watched {
  /** When this tab knew, by the wall clock. */
  readonly knewAt: number;
  /** When each call began that was given a token. */
  readonly tokensAt: readonly number[];
  /** What the server answers to the last of those tokens now. */
  readonly lastTokenStatus: () => Promise<number>;
}

declare global {
  interface Window {
    tokensAt: readonly number[];
    watched: Promise<Watched>;
  }
}

/** Lets a tab ask for tokens in a loop until it has known of the sign-out for a while. No token leaves the page. */
function watch(tab: Tab): Promise<void> {
  return tab.page.evaluate(({ calls, pauseMs }) => {
    const { session } = window.lockstepDemo;
    const tokensAt: number[] = [];
    window.tokensAt = tokensAt;
    let lastToken = "";
    let knewAt = 0;
    session.subscribe(({ status }) => {
      if (status === "unauthenticated") knewAt = Date.now();
    });

    async function askOn(): Promise<Watched> {
      for (let left = calls; left > 0; left -= knewAt > 0 ? 1 : 0) {
        const begunAt = Date.now();
        const token = await session.getAccessToken().catch(() => null);
        if (token !== null) {
          tokensAt.push(begunAt);
          lastToken = token;
        }
        // A loop of microtasks alone would keep the tab from hearing anything.
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      const headers = { authorization: `Bearer ${lastToken}` };
      const lastTokenStatus = async (): Promise<number> => (await fetch("/api/notes", { headers })).status;
      return { knewAt, tokensAt, lastTokenStatus };
    }
    window.watched = askOn();
  }, persistence);
}

/** Waits until that tab hands out one token after the other. */
async function isHandingOut({ page }: Tab): Promise<void> {
  await page.waitForFunction((calls) => window.tokensAt.length > calls, persistence.calls, {
    timeout: limitMs,
  });
}

/** Calls `signOut()` there; returns when the call itself was over, and when the server had confirmed. */
function signOut(tab: Tab): Promise<{ readonly calledAt: number; readonly revoked: boolean }> {
  return tab.page.evaluate(async () => {
    const told = window.lockstepDemo.session.signOut();
    const calledAt = Date.now();
    return { calledAt, revoked: (await told).revoked };
  });
}

/** Signs out in one tab while all others ask for tokens in a loop. */
export async function measureSignOut({ server, tabs }: Visit): Promise<readonly Row[]> {
  const [leaver, ...others] = tabs.open;
  if (leaver === undefined) throw new Error("No tab is open.");
  await tabs.agree(1, limitMs);
  await Promise.all(others.map(watch));
  await Promise.all(others.map(isHandingOut));

  const before = server.figures.read();
  const { calledAt, revoked } = await signOut(leaver);
  const what = "every tab to know of the sign-out";
  const reports = await within(
    Promise.all(
      others.map(({ page }) =>
        page.evaluate(async () => {
          const { knewAt, tokensAt, lastTokenStatus } = await window.watched;
          const hasForm = document.body.dataset["status"] === "unauthenticated";
          return { knewAt, tokensAt, hasForm, lastTokenStatus: await lastTokenStatus() };
        }),
      ),
    ),
    { what, limitMs },
  );

  const slowest = Math.max(...reports.map(({ knewAt }) => knewAt - calledAt));
  const calls = reports.flatMap(({ tokensAt }) => tokensAt);
  const meanwhile = calls.filter((at) => at >= calledAt);
  const late = reports.flatMap(({ tokensAt, knewAt }) =>
    tokensAt.filter((at) => at > calledAt + lookMs || at > knewAt),
  );
  const refused = reports.filter(({ lastTokenStatus }) => lastTokenStatus === 401);
  return [
    allOf("tabs that a sign-out reached", reports.filter(({ hasForm }) => hasForm).length, others.length),
    {
      name: "the slowest tab to know of it",
      figure: `${slowest} ms`,
      target: `${slowestMs} ms or less`,
      ok: slowest <= slowestMs,
    },
    {
      ...exactly("tokens handed out after it", late.length, 0),
      target: `0 (${meanwhile.length} while the word went round, in ${lookMs} ms at most)`,
    },
    allOf("last tokens that the server refuses after it", refused.length, others.length),
    allOf(
      "sign-outs that the server confirmed",
      revoked ? server.figures.read().signOuts - before.signOuts : 0,
      1,
    ),
  ];
}
