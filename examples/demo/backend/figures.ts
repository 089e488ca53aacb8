/** What happened at the server, counted where it happens. */
import type { SecurityEvent } from "@lockstep/server";
import type { NetworkCondition } from "./network.ts";

/** Counts since the server started. Holds no session id and no token. */
export interface Figures {
  /** Requests to `POST /session/refresh`, whatever became of them. */
  readonly refreshRequests: number;
  /** Refresh tokens replaced by a new one. */
  readonly rotations: number;
  /** Answers repeated to a client that had lost them. */
  readonly repeats: number;
  /** Replays of a refresh token that was rotated away: the accident that ends sessions. */
  readonly reuseEvents: number;
  readonly signIns: number;
  readonly signOuts: number;
  /** Authorised requests that were answered. */
  readonly accepted: number;
  /** Authorised requests that got a 401. */
  readonly refused: number;
  readonly network: NetworkCondition;
  readonly lifetimeMs: number;
}

export interface FiguresBoard {
  read(): Figures;
  set(change: Partial<Figures>): void;
  count(name: CountName): void;
  /** Counts what the session server reports of itself. */
  countSecurityEvent(event: SecurityEvent): void;
  /** Calls `listener` in the same turn as each change; returns the unsubscriber. */
  subscribe(listener: (figures: Figures) => void): () => void;
  /** The figures as they change, as an event stream. */
  stream(): Response;
}

type CountName = Exclude<keyof Figures, "network" | "lifetimeMs">;

export function createFiguresBoard(lifetimeMs: number): FiguresBoard {
  let figures: Figures = {
    refreshRequests: 0,
    rotations: 0,
    repeats: 0,
    reuseEvents: 0,
    signIns: 0,
    signOuts: 0,
    accepted: 0,
    refused: 0,
    network: "works",
    lifetimeMs,
  };
  const listeners = new Set<(figures: Figures) => void>();

  function set(change: Partial<Figures>): void {
    figures = { ...figures, ...change };
    for (const listener of listeners) listener(figures);
  }

  function count(name: CountName): void {
    set({ [name]: figures[name] + 1 });
  }

  function subscribe(listener: (figures: Figures) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  return {
    read: () => figures,
    set,
    count,
    subscribe,
    countSecurityEvent(event) {
      if (event.type === "session-started") count("signIns");
      if (event.type === "session-refreshed") count("rotations");
      if (event.type === "grace-hit") count("repeats");
      if (event.type === "reuse-detected") count("reuseEvents");
      if (event.type === "session-ended" && event.reason === "signed-out") count("signOuts");
    },
    stream() {
      let unsubscribe = (): void => undefined;
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const show = (now: Figures): void =>
            controller.enqueue(encoder.encode(`data: ${JSON.stringify(now)}\n\n`));
          show(figures);
          unsubscribe = subscribe(show);
        },
        cancel: () => unsubscribe(),
      });
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
      });
    },
  };
}
