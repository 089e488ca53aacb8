import type { Session, SessionSnapshot } from "@lockstep/core";
import { cacheExchange, Client, fetchExchange } from "@urql/core";

const ownerOf = (snapshot: SessionSnapshot): string | null =>
  snapshot.status === "authenticated" ? snapshot.sessionId : null;

export interface Clients {
  /** The client of whoever is signed in. */
  readonly getClient: () => Client;
  /** Calls `listener` when there is another; returns the unsubscriber. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** A new client for each session: the cache of one cannot be emptied. */
export function createClients(session: Session, url = "/graphql"): Clients {
  const create = (): Client =>
    new Client({
      url,
      fetch: session.fetch,
      exchanges: [cacheExchange, fetchExchange],
      // Variables stay out of the URL, and so out of logs.
      preferGetMethod: false,
    });
  let client = create();
  const listeners = new Set<() => void>();
  session.subscribe((now, before) => {
    if (before.status === "loading" || ownerOf(now) === ownerOf(before)) return;
    client = create();
    for (const listener of listeners) listener();
  });
  return {
    getClient: () => client,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
