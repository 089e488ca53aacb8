/** What answers and faults did to the cookies of sessions: which older token no client could have known for one (L2, L9). */
import { defaultPolicy, type Mark } from "@lockstep/core/internals";
import { parseRefreshToken } from "../backend/tokens.js";
import type { Flight } from "./network.js";
import type { WorldTime } from "./time.js";

export interface CookieFaultsOptions {
  readonly time: WorldTime;
  /** When cookies or storage were last disturbed. */
  readonly disturbedAt: () => number;
}

export interface CookieFaults {
  sent(flight: Flight): void;
  /** An answer to a request put its cookies in the place of others, or of none. */
  cookiesSet(former: Mark | null, next: Mark, request: { readonly sentAt: number }): void;
  /** Whether an answer put a token back whose nonce nobody had any more. */
  isPastMending(sessionId: string, presented: number, current: number): boolean;
  /** Whether its cookies came back after they were cleared: a tab may have been told in between that there are none. */
  hasReturned(sessionId: string | null): boolean;
}

export function createCookieFaults({ time, disturbedAt }: CookieFaultsOptions): CookieFaults {
  /** Sessions whose cookie was overwritten by an answer that came later than any claim lasts. */
  const overtaken = new Set<string>();
  /** Sessions whose cookies an answer set again that were cleared while it was on its way. */
  const returned = new Set<string>();
  /** The refresh tokens that a request took along, by session and generation. */
  const tried = new Set<string>();

  return {
    sent({ presented }) {
      const token = presented === null ? null : parseRefreshToken(presented);
      if (token !== null) tried.add(`${token.sessionId}.${token.generation}`);
    },

    cookiesSet(former, { sessionId, revision }, { sentAt }) {
      if (former === null && sentAt < disturbedAt()) returned.add(sessionId);
      const isOlder = former?.sessionId === sessionId && revision < former.revision;
      if (isOlder && time.now() - sentAt > defaultPolicy.claimMs) overtaken.add(sessionId);
    },

    // One rotation past an answer that came too late is mended by its nonce; two are not, nor one whose nonce had to make room for that
    // of the next request.
    isPastMending: (sessionId, presented, current) =>
      overtaken.has(sessionId) && (current - presented >= 2 || tried.has(`${sessionId}.${current}`)),

    hasReturned: (sessionId) => sessionId !== null && returned.has(sessionId),
  };
}
