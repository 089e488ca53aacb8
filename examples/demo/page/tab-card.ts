/** What one tab tells the others about itself: pure bookkeeping over its inspection events. */
import type { Inspected } from "@lockstep/core";

/** What a tab is doing, as its card says it. */
export type TabActivity =
  | "starting"
  | "holding"
  | "asking"
  | "queued"
  | "awaiting"
  | "refreshing"
  | "backing-off"
  | "put-off"
  | "signing-in"
  | "signing-out"
  | "signed-out"
  | "away";

/** How a tab came by the token that it holds. */
export interface Acquisition {
  readonly how: "signed-in" | "refreshed" | "adopted";
  /** Adopted from that tab. */
  readonly from: string | null;
  readonly atWall: number;
}

/** A tab as all tabs picture it. No token has a place in here. */
export interface TabCard {
  /** The tab, by its random name. */
  readonly id: string;
  /** The tab, by the lowest number that was free when it was opened. */
  readonly number: number;
  readonly visible: boolean;
  readonly user: string | null;
  readonly activity: TabActivity;
  /** −1: no token. */
  readonly revision: number;
  readonly acquired: Acquisition | null;
  /** When the token was born, by the wall clock that all tabs of a machine share. */
  readonly bornAtWall: number;
  /** When the pause of a tab that backs off ends. */
  readonly pausedUntilWall: number;
}

export function newCard(number: number): TabCard {
  return {
    id: "",
    number,
    visible: true,
    user: null,
    activity: "starting",
    revision: -1,
    acquired: null,
    bornAtWall: 0,
    pausedUntilWall: 0,
  };
}

type Transition = Extract<Inspected, { type: "transition" }>;

function activityOf({ phase, status, life }: Transition): TabActivity {
  if (life === "away" || life === "disposed") return "away";
  switch (phase) {
    case "requesting":
      return status === "unauthenticated" ? "signing-out" : "refreshing";
    case "calling":
      return "signing-in";
    case "rereading":
    case "asking":
      return "asking";
    case "locking":
      return "queued";
    case "waiting":
      return "awaiting";
    case "cooling":
      return status === "unauthenticated" ? "signed-out" : "backing-off";
    case "parked":
      return "put-off";
    case "scheduled":
    case "idle":
      return status === "unauthenticated" ? "signed-out" : status === "loading" ? "starting" : "holding";
  }
}

/** The card after one more event of its own tab. `wall`: now, in milliseconds since 1970. */
export function cardAfter(card: TabCard, event: Inspected, wall: number): TabCard {
  const own = { ...card, id: event.tab };
  if (event.type === "transition") return { ...own, activity: activityOf(event), revision: event.revision };
  if (event.type === "refreshed") {
    const how = card.activity === "signing-in" ? "signed-in" : "refreshed";
    return { ...own, acquired: { how, from: null, atWall: wall }, bornAtWall: wall - event.tookMs };
  }
  if (event.type === "adopted") {
    const acquired = { how: "adopted", from: event.from, atWall: wall } as const;
    return { ...own, acquired, bornAtWall: wall - event.ageMs };
  }
  return event.type === "backing-off" ? { ...own, pausedUntilWall: wall + event.retryInMs } : own;
}

/** Whether an event left everything as it was. */
export function isSameCard(card: TabCard, before: TabCard): boolean {
  return (
    card.id === before.id &&
    card.activity === before.activity &&
    card.revision === before.revision &&
    card.acquired === before.acquired &&
    card.pausedUntilWall === before.pausedUntilWall
  );
}
