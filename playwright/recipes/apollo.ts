import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import type { Session, SessionSnapshot } from "@lockstep/core";

const ownerOf = (snapshot: SessionSnapshot): string | null =>
  snapshot.status === "authenticated" ? snapshot.sessionId : null;

/** A client whose cache never outlives the session that filled it. */
export function createClient(session: Session, uri = "/graphql"): ApolloClient {
  const client = new ApolloClient({
    link: new HttpLink({ uri, fetch: session.fetch }),
    cache: new InMemoryCache(),
  });
  session.subscribe((now, before) => {
    // What was asked for while nobody knew who is signed in has waited for the answer.
    if (before.status === "loading" || ownerOf(now) === ownerOf(before)) return;
    // `resetStore` asks again for what is on the screen; for nobody there is nothing to ask for.
    const cleared = now.status === "authenticated" ? client.resetStore() : client.clearStore();
    // A query that fails as it is asked again says so where it is shown.
    cleared.catch(() => undefined);
  });
  return client;
}
