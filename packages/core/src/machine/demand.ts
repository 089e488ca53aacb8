/** Whether a token is good to hand out, and whether a new one is called for. */
import { isReportDue } from "./idling.js";
import type { Policy } from "./policy.js";
import { isFresh } from "./schedule.js";
import type { Grant, State } from "./state.js";
import type { Turn } from "./turn.js";

/** The token that may be handed out at `at`, if there is one (L6, L9). */
export function usableGrant(state: State, policy: Policy, at: number, minValidityMs?: number): Grant | null {
  const { grant } = state;
  return grant !== null &&
    !state.doubted &&
    state.rumour === null &&
    isFresh(grant, policy, at, minValidityMs)
    ? grant
    : null;
}

/** Whether the server said of the token in hand that it is out of date. It is good until it expires all the same. */
export function isOutdated({ grant, outdated }: State): boolean {
  return (
    grant !== null &&
    outdated !== null &&
    grant.identity.sessionId === outdated.sessionId &&
    grant.revision <= outdated.revision
  );
}

/** Whether the scheduled refresh has come due; always, while there is no token, one in doubt or one that is out of date. */
export function isDue(state: State, turn: Turn): boolean {
  return state.grant === null || state.doubted || isOutdated(state) || turn.at >= state.grant.dueAt;
}

/** Whether a refresh should begin: somebody asked, or one is due in a tab that may do it unasked (L10). */
export function isRefreshCalledFor(state: State, turn: Turn): boolean {
  if (state.record.status === "out" || state.rumour !== null) return false;
  if (state.wanted === "fresh" || state.extension !== null || isReportDue(state, turn, turn.policy))
    return true;
  // The tab that listens is the only one that has heard: it has a new token made for all, seen or not (L13).
  if (isOutdated(state)) return true;
  return isDue(state, turn) && (state.wanted === "token" || state.visible || turn.policy.keepFresh);
}
