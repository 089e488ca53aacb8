/**
 * The laws L1–L13 as code, once: what one turn of one tab can break is in the machine's own `brokenLaws`; what
 * only the world can see is here. Each names the faults under which no client could keep it, and those only.
 */
import type { Session } from "@lockstep/core";
import { brokenLaws, defaultPolicy, type Observation } from "@lockstep/core/internals";
import type { Authority, AuthorityEvent } from "../backend/authority.js";
import { createCallWatch, type Call } from "./calls.js";
import { createCookieFaults, type CookieFaults } from "./cookie-faults.js";
import { createLifetimeLaws } from "./lifetime-laws.js";
import { createListeningLaws, type ListeningLaws, type Scene } from "./listening-laws.js";
import type { Flight } from "./network.js";
import type { Plan } from "./plan.js";
import { createRequestLaws, type RequestLaws } from "./request-laws.js";
import type { SimulatedTab } from "./tab.js";
import type { WorldTime } from "./time.js";

/** A law was broken: the end of a simulation. */
export class LawBroken extends Error {
  override readonly name = "LawBroken";
  readonly law: string;
  readonly at: number;

  constructor(law: string, detail: string, at: number) {
    super(`${law}: ${detail}`);
    this.law = law;
    this.at = at;
  }
}

/** What happened to the world that no client can do anything about, and when it happened last. */
export type Disturbance =
  /** Cookies or storage were cleared, blocked, or written by another script: the register forgot. */
  | "register"
  /** The lock manager refused, or the lock was taken by another script. */
  | "lock"
  /** The wall clock was set, or the machine slept: how long a claim has stood cannot be told. */
  | "clock";

/** How long what tabs did while they could not see each other has consequences: a claim, and a request after it. */
const blindMs = defaultPolicy.claimMs + defaultPolicy.requestLimitMs;

/** How old a look at the register may be that a token is handed out on, and what a script's cookie lags (docs/decisions/0004). */
const unseenMs = 60;

export interface Laws extends RequestLaws {
  /** The first law that was broken. */
  broken(): LawBroken | null;
  readonly listening: ListeningLaws;
  readonly cookies: CookieFaults;
  turn(tab: SimulatedTab, observation: Observation): void;
  refreshSent(flight: Flight, flights: readonly Flight[]): void;
  serverEvent(event: AuthorityEvent): void;
  called(tab: SimulatedTab, method: Call["method"]): Call;
  handedOut(tab: SimulatedTab, token: string): void;
  settled(call: Call, error?: unknown): void;
  uncaught(tab: SimulatedTab, error: unknown): void;
  /** One that `begins` lasts until it `ends`. */
  disturbed(what: Disturbance, phase?: "once" | "begins" | "ends"): void;
  slept(): void;
  /** The user did something. */
  acted(): void;
  /** A tab counts this moment as activity. */
  touched(tab: SimulatedTab): void;
  clockSet(byMs: number): void;
  stolen(sessionId: string): void;
  registerTexts(texts: readonly string[]): void;
  disposed(tab: SimulatedTab): void;
  /** Some time ago that it could hang: looks at all calls that are open. */
  patrol(): void;
  /** All is still: whom a tab thinks signed in, and who is. */
  agrees(tab: SimulatedTab, thinks: string, truth: string): void;
  quiet(refreshes: number, expected: number): void;
}

const secretPattern = /secret-(?:access|refresh)/;

export interface LawsOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly authority: Authority;
  readonly scene: () => Scene;
}

export function createLaws({ plan, time, authority, scene }: LawsOptions): Laws {
  /** When each session was signed out by somebody. */
  const signedOutAt = new Map<string, number>();
  /** When each refresh token was rotated away, by session and generation. */
  const retiredAt = new Map<string, number>();
  /** Sessions whose refresh token somebody else has. */
  const stolen = new Set<string>();
  const last: Record<Disturbance, number> = { register: -Infinity, lock: -Infinity, clock: -Infinity };
  /** Until when the server asked for quiet. */
  let quietUntil = -Infinity;
  let lastSleepAt = -Infinity;
  let lastSetBackAt = -Infinity;
  let broken: LawBroken | null = null;

  /** The first one counts: what follows is mostly its consequence. Thrown later, where nobody can catch it. */
  function breach(law: string, detail: string): void {
    broken ??= new LawBroken(law, detail, time.now());
  }

  const calls = createCallWatch(breach);
  const cookies = createCookieFaults({ time, disturbedAt: () => last.register });

  /** Whether a replay was somebody else's, or one that no client could have kept from happening. */
  function isExcused({
    sessionId,
    presented,
    current,
  }: Extract<AuthorityEvent, { type: "reuse-detected" }>): boolean {
    if (stolen.has(sessionId) || cookies.isPastMending(sessionId, presented, current)) return true;
    // Without the register or the lock, nobody can know of another's claim; with another clock, how long it stands.
    const retired = retiredAt.get(`${sessionId}.${presented}`) ?? 0;
    return Math.max(last.register, last.lock, last.clock) > retired - blindMs;
  }

  function assertClean(text: string, where: string): void {
    if (secretPattern.test(text)) breach("L5", `a token is in ${where}`);
  }

  const lifetimes = createLifetimeLaws({
    plan,
    time,
    authority,
    breach,
    isStolen: (sessionId) => stolen.has(sessionId),
    registerLostAt: () => last.register,
  });

  const isUndisturbed = (): boolean => last.register < Infinity && last.lock < Infinity;
  const listening = createListeningLaws({ plan, time, authority, breach, scene, isUndisturbed });

  const laws: Laws = {
    broken: () => broken,
    listening,

    turn(tab, observation) {
      const [law] = brokenLaws(observation);
      if (law !== undefined) breach(law, `${tab.name}, on ${observation.event.type}`);
      lifetimes.turn(tab, observation);
      listening.turn(tab, observation);
      const { event, after } = observation;
      // The server asked for quiet, and the tab that asked has heard it.
      if (
        event.type === "refresh-answered" &&
        event.outcome.kind === "failed" &&
        after.work.phase === "cooling"
      )
        quietUntil =
          last.register === Infinity
            ? -Infinity
            : time.now() + Math.min(event.outcome.failure.retryAfterMs ?? 0, defaultPolicy.retryAfterCapMs);
      // Another session is another matter.
      if (event.type === "sign-in-answered") quietUntil = -Infinity;
      if (
        event.type === "sign-out-wanted" &&
        after.record.sessionId !== null &&
        !signedOutAt.has(after.record.sessionId)
      )
        signedOutAt.set(after.record.sessionId, time.now());
      calls.turn(tab);
    },

    refreshSent(flight, flights) {
      if (flight.presented === null) return;
      cookies.sent(flight);
      const other = flights.find(
        (earlier) =>
          earlier !== flight &&
          !earlier.over &&
          earlier.presented === flight.presented &&
          time.wall() - earlier.sentAtWall < defaultPolicy.claimMs - 2 * plan.skewMs - 10 &&
          // Who cannot know of it, cannot wait for it; who went without the lock, goes without to the end of its wait.
          Math.max(last.register, last.lock, last.clock) < earlier.sentAt - blindMs,
      );
      if (other !== undefined)
        breach("L1", `${flight.sender} sends a refresh while that of ${other.sender} is on its way`);
      if (time.now() < quietUntil - 2 * plan.skewMs - 10)
        breach(
          "L10",
          `${flight.sender} sends a refresh ${quietUntil - time.now()} ms before the server's Retry-After`,
        );
    },

    serverEvent(event) {
      if (event.type === "rotated") retiredAt.set(`${event.sessionId}.${event.generation - 1}`, time.now());
      lifetimes.serverEvent(event);
      listening.serverEvent(event);
      if (event.type === "reuse-detected" && !isExcused(event))
        breach(
          "L2",
          `generation ${event.presented} of ${event.sessionId} was presented after it was rotated`,
        );
    },

    ...createRequestLaws({ plan, authority, breach, assertClean }),

    called: calls.begin,

    handedOut(tab, token) {
      const facts = authority.read(token);
      const now = time.now();
      if (facts === null) return breach("L6", `${tab.name} hands out a token that nobody issued`);
      // A clock set back in one token's life, and a sleep, or a token that lay in front of a frozen tab meanwhile: no clock
      // of the platform tells how long it was.
      const issuedAt = facts.expiresAt - plan.lifetimeMs;
      const isTimeLost = Math.min(Math.max(lastSleepAt, tab.thawedAt()), lastSetBackAt) >= issuedAt;
      if (now >= facts.expiresAt && !isTimeLost)
        breach("L6", `${tab.name} hands out a token that expired ${now - facts.expiresAt} ms ago`);
      const { sessionId } = facts;
      lifetimes.handedOut(tab, sessionId);
      const outAt = signedOutAt.get(sessionId);
      if (outAt !== undefined && now > outAt + unseenMs && last.register < outAt)
        breach("L3", `${tab.name} hands out a token of ${sessionId}, signed out ${now - outAt} ms ago`);
    },

    settled(call, error) {
      calls.end(call);
      if (error instanceof Error) assertClean(`${error.message} ${JSON.stringify(error)}`, "an error");
    },

    uncaught(tab, error) {
      breach("L7", `${tab.name} threw ${String(error)}`);
    },

    disturbed(what, phase = "once") {
      const isLasting = phase === "begins" || (phase === "once" && last[what] === Infinity);
      last[what] = isLasting ? Infinity : time.now();
      // The pause that all tabs share stands in the register, by the wall clock.
      if (what !== "lock") quietUntil = -Infinity;
    },
    slept() {
      lastSleepAt = time.now();
      laws.disturbed("clock");
    },

    acted: lifetimes.acted,
    touched: lifetimes.touched,

    clockSet(byMs) {
      lifetimes.clockSet();
      if (byMs < 0) lastSetBackAt = time.now();
      laws.disturbed("clock");
    },

    stolen: (sessionId) => void stolen.add(sessionId),
    cookies,

    registerTexts(texts) {
      for (const text of texts) assertClean(text, "the register");
    },

    disposed(tab) {
      if (tab.timers() > 0) breach("L7", `${tab.name} has ${tab.timers()} timers after dispose()`);
    },

    patrol: calls.patrol,
    ...createRestLaws(breach),
  };
  return laws;
}

/** What holds once all is still. */
function createRestLaws(breach: (law: string, detail: string) => void): Pick<Laws, "agrees" | "quiet"> {
  return {
    agrees(tab, thinks, truth) {
      if (thinks !== truth)
        breach("L9", `${tab.name} thinks it is ${thinks}, where the server says ${truth}`);
    },
    quiet(refreshes, expected) {
      if (refreshes > expected)
        breach(
          expected === 0 ? "L10" : "L1",
          `${refreshes} refreshes in a calm, where ${expected} are enough`,
        );
    },
  };
}

/** Who a session says is signed in: the user's name, `nobody`, or that it is loading. */
export function whoIs(session: Session): string {
  const snapshot = session.getSnapshot();
  if (snapshot.status === "authenticated")
    return (snapshot.user as { readonly id: string } | null)?.id ?? "?";
  return snapshot.status === "loading" ? "loading" : "nobody";
}
