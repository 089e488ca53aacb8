/** The network between the tabs and the session endpoints, broken on request. */
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** All conditions, the healthy one first. */
export const networkConditions = ["works", "slow", "drops", "unavailable"] as const;

/**
 * - `slow`: the server decides at once, its answer takes {@link slowAnswerMs}: time to close the tab that waits for it.
 * - `drops`: connections are cut before the server sees the request.
 * - `unavailable`: a proxy answers 503.
 */
export type NetworkCondition = (typeof networkConditions)[number];

export const slowAnswerMs = 4_000;

/** An answer that the server has decided on and not yet sent. */
export interface HeldAnswer {
  /** Resolves when the server has decided. */
  readonly decided: Promise<void>;
  readonly release: () => void;
}

export interface Network {
  condition: NetworkCondition;
  /** Holds the answer to the next refresh after the server has rotated the token. */
  holdNextRefresh(): HeldAnswer;
  /** Carries one request to the session endpoints, and its answer back. */
  carry(request: Request, incoming: IncomingMessage, answer: () => Promise<Response>): Promise<Response>;
}

interface Hold {
  readonly decide: () => void;
  readonly released: Promise<void>;
}

export function createNetwork(): Network {
  let next: Hold | null = null;

  function takeHold(request: Request): Hold | null {
    if (!request.url.endsWith("/refresh")) return null;
    const hold = next;
    next = null;
    return hold;
  }

  const network: Network = {
    condition: "works",
    holdNextRefresh() {
      const decided = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      next = { decide: decided.resolve, released: released.promise };
      return { decided: decided.promise, release: released.resolve };
    },
    async carry(request, incoming, answer) {
      switch (network.condition) {
        case "drops":
          incoming.socket.destroy();
          return new Response(null, { status: 503 });
        case "unavailable":
          return new Response("<h1>503 Service Unavailable</h1>", {
            status: 503,
            headers: { "content-type": "text/html" },
          });
        case "slow": {
          const response = await answer();
          await pause(slowAnswerMs);
          return response;
        }
        case "works": {
          const hold = takeHold(request);
          const response = await answer();
          hold?.decide();
          await hold?.released;
          return response;
        }
      }
    },
  };
  return network;
}
