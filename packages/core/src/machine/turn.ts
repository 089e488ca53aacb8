/** One turn of the machine: what the loop stamped on the event, and the effects collected so far. */
import type { Effect } from "./effect.js";
import type { Stamp } from "./event.js";
import type { InspectionEvent } from "./inspection.js";
import type { Policy } from "./policy.js";
import type { Hold } from "./register.js";
import type { State, Work } from "./state.js";

export interface Turn extends Stamp {
  readonly policy: Policy;
  readonly effects: Effect[];
}

export function inspect(turn: Turn, event: InspectionEvent): void {
  turn.effects.push({ type: "inspect", event });
}

/** Tells the other tabs to look at the register. */
export function broadcastChange(turn: Turn, { epoch }: { readonly epoch: number }): void {
  turn.effects.push({ type: "broadcast", body: { kind: "changed", epoch } });
}

/** Lets the lock manager show that this tab lives and which token it holds; a tab that is away shows nothing. */
export function publishPresence(state: State, turn: Turn): void {
  if (state.life !== "live") return;
  const { record, grant } = state;
  turn.effects.push({ type: "publish-presence", epoch: record.epoch, revision: grant?.revision ?? -1 });
}

/** Whether something is under way whose outcome will move the machine on. */
export function isBusy(work: Work): boolean {
  switch (work.phase) {
    case "rereading":
    case "asking":
    case "locking":
    case "waiting":
    case "requesting":
    case "calling":
      return true;
    case "idle":
    case "scheduled":
    case "parked":
    case "cooling":
      return false;
  }
}

/** Whether the work is on its way to a refresh, and no request has gone out yet: it may be dropped at any time. */
export function isBeforeRefresh(work: Work): boolean {
  return (
    work.phase === "rereading" ||
    work.phase === "asking" ||
    ((work.phase === "locking" || work.phase === "waiting") && work.intent === "refresh")
  );
}

const workTimers = ["due", "cool", "ask", "slice", "claim", "request"] as const;

/** Ends the work at hand: leaves the queue or gives the lock back, and forgets its timers. */
export function rest(state: State, turn: Turn): State {
  const { work } = state;
  for (const name of workTimers) turn.effects.push({ type: "cancel-timer", name });
  if (isBusy(work)) turn.effects.push({ type: "release-lock" });
  return { ...state, work: { phase: "idle" } };
}

/** Starts something whose outcome must show the new ticket. */
export function nextTicket(state: State): State {
  return { ...state, ticket: state.ticket + 1 };
}

/**
 * Finds out which tabs are alive and what they hold, so that a lone tab waits for nobody. `queued` is given under the
 * lock, where the answer tells whether somebody refreshed meanwhile.
 */
export function readPeers(
  state: State,
  turn: Turn,
  queued?: { readonly since: number; readonly seen: number; readonly own?: Hold | null },
  handOver = false,
): State {
  const next = nextTicket(state);
  const { ticket } = next;
  turn.effects.push(
    { type: "read-peers", ticket },
    { type: "arm-timer", name: "ask", delayMs: turn.policy.askLimitMs },
  );
  const { since, seen, own = null } = queued ?? { since: turn.at, seen: -1 };
  return {
    ...next,
    work: { phase: "rereading", ticket, locked: queued !== undefined, handOver, since, seen, own },
  };
}
