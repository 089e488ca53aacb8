/** L11: a session ends of inactivity when its server said; nobody but the user puts that off, and nobody ends it before (L4). */
import type { Observation } from "@lockstep/core/internals";
import type { Authority, AuthorityEvent } from "../backend/authority.js";
import type { Plan } from "./plan.js";
import type { SimulatedTab } from "./tab.js";
import type { WorldTime } from "./time.js";

export interface LifetimeLawsOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly authority: Authority;
  readonly breach: (law: string, detail: string) => void;
  /** Whether somebody else has a refresh token of it, who says what they like. */
  readonly isStolen: (sessionId: string) => boolean;
  /** When the register last forgot something. */
  readonly registerLostAt: () => number;
}

export interface LifetimeLaws {
  /** The user did something. */
  acted(): void;
  /** A tab counts this moment as activity. */
  touched(tab: SimulatedTab): void;
  clockSet(): void;
  serverEvent(event: AuthorityEvent): void;
  turn(tab: SimulatedTab, observation: Observation): void;
  /** A token of the session was handed out. */
  handedOut(tab: SimulatedTab, sessionId: string): void;
}

/** The longest that a request is on its way: what it says of the user's activity is so much older when it arrives. */
const travelMs = 21_000;

export function createLifetimeLaws(options: LifetimeLawsOptions): LifetimeLaws {
  const { plan, time, authority, breach, isStolen, registerLostAt } = options;
  const extendedUntil = new Map<string, number>();
  /** When each session ends in any case, as it was when it was first heard of. */
  const hardEnds = new Map<string, number>();
  let lastClockSetAt = -Infinity;
  let lastActedAt = -Infinity;

  /** How far off a tab may be in telling the time, with the seconds that the wire rounds to. */
  const roughlyMs = 2 * plan.skewMs + 1_100 + travelMs;

  /** What the user did last, and what was granted. */
  function mayLastUntil(sessionId: string): number {
    const sinceActivity = Math.max(lastActedAt, authority.startedAt(sessionId)) + plan.idleLifetimeMs;
    return Math.max(sinceActivity, extendedUntil.get(sessionId) ?? -Infinity);
  }

  /** A clock that was set tells nothing of how long ago something was. */
  function isTimeUnknown(): boolean {
    return lastClockSetAt > Math.max(0, lastActedAt - plan.idleLifetimeMs);
  }

  function assertIdleKept(sessionId: string): void {
    if (isStolen(sessionId) || isTimeUnknown()) return;
    const excessMs = authority.idlesOutAt(sessionId) - mayLastUntil(sessionId);
    if (excessMs > roughlyMs)
      breach("L11", `${sessionId} lasts ${excessMs} ms longer than the user's activity`);
  }

  /** no rotation moves it. */
  function assertHardEndKept(sessionId: string): void {
    const end = authority.expiresAt(sessionId);
    const former = hardEnds.get(sessionId) ?? end;
    hardEnds.set(sessionId, former);
    if (end !== former || time.now() > end) breach("L11", `${sessionId} goes on beyond its hard end`);
  }

  return {
    acted: () => void (lastActedAt = time.now()),
    touched(tab) {
      if (lastActedAt !== time.now())
        breach("L11", `${tab.name} counts as activity what no user did: a refresh, a message, a stream`);
    },
    clockSet: () => void (lastClockSetAt = time.now()),

    serverEvent(event) {
      if (event.type === "rotated") {
        assertIdleKept(event.sessionId);
        assertHardEndKept(event.sessionId);
      }
      if (event.type !== "extended") return;
      const { sessionId, until } = event;
      extendedUntil.set(sessionId, Math.max(until, extendedUntil.get(sessionId) ?? -Infinity));
    },

    turn(tab, { before, event, stamp, after }) {
      const isOwn =
        before.record.status === "in" &&
        after.record.status === "out" &&
        after.record.reason === "idle" &&
        after.record.pending !== null &&
        event.type !== "refresh-answered" &&
        stamp.reading.record?.status !== "out";
      const { sessionId } = before.record;
      if (!isOwn || sessionId === null || isTimeUnknown() || registerLostAt() > -Infinity) return;
      const earlyMs = Math.min(lastActedAt + plan.idleLifetimeMs, authority.endsAt(sessionId)) - time.now();
      if (earlyMs > roughlyMs) breach("L4", `${tab.name} ends ${sessionId} ${earlyMs} ms too early`);
    },

    handedOut(tab, sessionId) {
      // Whoever was told nothing of the session's end, for the register was cleared, cannot know of it.
      const isKnown = registerLostAt() < authority.startedAt(sessionId) && !isStolen(sessionId);
      const overdueMs = time.now() - Math.min(mayLastUntil(sessionId), authority.expiresAt(sessionId));
      if (overdueMs > roughlyMs && isKnown && !isTimeUnknown())
        breach("L11", `${tab.name} hands out a token of ${sessionId}, over since ${overdueMs} ms`);
    },
  };
}
