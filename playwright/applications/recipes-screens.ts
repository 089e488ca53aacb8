/** What a page shows of the API with each library that keeps a cache, as a component would: for as long as it is mounted. */
import { gql, type TypedDocumentNode } from "@apollo/client";
import type { Session } from "@lockstep/core";
import { QueryObserver } from "@tanstack/query-core";
import { createClient } from "../recipes/apollo.js";
import { createQueryClient } from "../recipes/tanstack-query.js";
import { createClients } from "../recipes/urql.js";

interface Answer {
  readonly whoAmI: string;
}

export const whoAmI: TypedDocumentNode<Answer, { readonly call: number }> = gql`
  query WhoAmI($call: Int!) {
    whoAmI(call: $call)
  }
`;

export interface Screen {
  /** The user's name as the API said it, if it is on the screen. */
  shown(): string | undefined;
  /** All that the cache holds. */
  cached(): unknown;
  reload(): void;
}

const variables = { call: 1 };

export const screens = {
  apollo(session): Screen {
    const client = createClient(session, "/api/graphql");
    const query = client.watchQuery({ query: whoAmI, variables });
    query.subscribe({ error: () => undefined });
    return {
      shown: () => query.getCurrentResult().data?.whoAmI,
      cached: () => client.extract(),
      reload: () => void query.refetch().catch(() => undefined),
    };
  },
  urql(session): Screen {
    const clients = createClients(session, "/api/graphql");
    let shown: string | undefined;
    let unmount = (): void => undefined;
    function mount(requestPolicy: "cache-first" | "network-only" = "cache-first"): void {
      const source = clients.getClient().query(whoAmI, variables, { requestPolicy });
      unmount = source.subscribe(({ data }) => (shown = data?.whoAmI)).unsubscribe;
    }
    function remount(): void {
      unmount();
      shown = undefined;
      if (session.getSnapshot().status === "authenticated") mount();
    }
    clients.subscribe(remount);
    remount();
    return {
      shown: () => shown,
      cached: () => clients.getClient().readQuery(whoAmI, variables, { requestPolicy: "cache-only" })?.data,
      reload() {
        unmount();
        mount("network-only");
      },
    };
  },
  tanstackQuery(session): Screen {
    const client = createQueryClient(session);
    const observer = new QueryObserver<{ readonly user: string }>(client, {
      queryKey: ["/api/echo?call=1"],
    });
    observer.subscribe(() => undefined);
    return {
      shown: () => observer.getCurrentResult().data?.user,
      cached: () =>
        client
          .getQueryCache()
          .getAll()
          .map(({ state }) => state.data),
      reload: () => void observer.refetch(),
    };
  },
} satisfies Record<string, (session: Session) => Screen>;
