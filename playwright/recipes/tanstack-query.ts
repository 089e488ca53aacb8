import { isSessionError, type Session, type SessionSnapshot } from "@lockstep/core";
import { QueryClient } from "@tanstack/query-core"; // or of your framework: @tanstack/react-query, @tanstack/vue-query

const ownerOf = (snapshot: SessionSnapshot): string | null =>
  snapshot.status === "authenticated" ? snapshot.sessionId : null;

/** How long to wait before another try; `null` where it would be in vain. */
function pauseMs(error: Error, failures: number): number | null {
  // The session says itself when it is worth asking again; while nobody is signed in, it is not.
  if (isSessionError(error)) return error.retryAfterMs ?? null;
  // 401, 404 and the like come back as they are.
  if (typeof error.cause === "number" && error.cause < 500 && error.cause !== 429) return null;
  return 1_000 * 2 ** failures;
}

/** A client whose queries are by default the JSON at the address that their key begins with. */
export function createQueryClient(session: Session): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        async queryFn({ queryKey, signal }) {
          const response = await session.fetch(String(queryKey[0]), { signal });
          if (!response.ok) throw new Error(`HTTP ${response.status}`, { cause: response.status });
          return (await response.json()) as unknown;
        },
        retry: (failures, error) => failures < 3 && pauseMs(error, failures) !== null,
        retryDelay: (failures, error) => pauseMs(error, failures) ?? 0,
      },
    },
  });
  session.subscribe((now, before) => {
    if (before.status === "loading" || ownerOf(now) === ownerOf(before)) return;
    client.getMutationCache().clear();
    client.removeQueries({ type: "inactive" });
    // What is on the screen empties at once (`clear` would leave it standing), and is asked for again for the next user.
    if (now.status === "authenticated") void client.resetQueries();
    else for (const query of client.getQueryCache().getAll()) query.reset();
  });
  return client;
}
