/**
 * The way between a tab and the session server. A refresh is a keepalive request: its answer's cookies are stored whether
 * the tab that sent it is still there or not; only the promise dies with the tab.
 */
import type {
  Failure,
  FreshToken,
  Identity,
  Mark,
  RefreshOutcome,
  SignInOutcome,
  SignOutOutcome,
  TransportPort,
} from "@lockstep/core/internals";
import type {
  Authority,
  AuthorityAnswer,
  AuthorityGrant,
  EndReason,
  SessionCookies,
} from "../backend/authority.js";
import type { Random } from "../random.js";
import type { CookieJar } from "./jar.js";
import { createJourneys } from "./journeys.js";
import type { Plan, Weather } from "./plan.js";
import type { WorldTime } from "./time.js";

/** The end of the wire that a request is sent from. */
export interface Sender {
  readonly name: string;
  /** Runs in the tab, as soon as it runs; never, if it is gone. */
  enter(run: () => void): void;
  /** When it ended, in true time; `null` while it lives. */
  endedAt(): number | null;
  /** Whether what its promises were waiting for got lost while it was in the back/forward cache. */
  lostPromises(sentAt: number): boolean;
}

/** A refresh on its way. */
export interface Flight {
  readonly sender: string;
  readonly attempt: string;
  /** The refresh token that it carries. */
  readonly presented: string | null;
  readonly sentAt: number;
  readonly sentAtWall: number;
  /** Its cookies are stored, or nothing will ever come of it. */
  over: boolean;
}

export interface NetworkEvents {
  /** An answer's cookies take the place of others, or of none. */
  cookiesSet(former: Mark | null, next: Mark, request: { readonly sentAt: number }): void;
  refreshSent(flight: Flight): void;
  /** What the server said to it, before the answer travels. */
  refreshDecided(flight: Flight, answer: AuthorityAnswer): void;
}

export interface NetworkOptions {
  readonly plan: Plan;
  readonly time: WorldTime;
  readonly jar: CookieJar;
  readonly authority: Authority;
  readonly random: Random;
  readonly events: NetworkEvents;
}

export interface Network {
  weather: Weather;
  retryAfterMs: number | undefined;
  transport(sender: Sender): TransportPort;
  /** The application's own login request: an ordinary one, whose cookies are lost with its tab. */
  logIn(sender: Sender, user: string): Promise<SignInOutcome>;
  /** What is still on its way. */
  flights(): readonly Flight[];
}

/** Chromium gives up the keepalive request of a tab that ended this long ago. */
const keepaliveMs = 30_600;

export function identify(token: string, known: Omit<Identity, "subject" | "claims">): Identity {
  const subject = (known.user as { readonly id: string } | null)?.id ?? null;
  return { ...known, subject, claims: { sub: subject, token: token.length } };
}

function freshOf(grant: AuthorityGrant): FreshToken {
  const { accessToken: token, revision, lifetimeMs, bounds, ...known } = grant;
  return { token, revision, lifetimeMs, bounds, identity: identify(token, known) };
}

/** As the backend's reader says it: this tab did not sign out, or it would not have asked. */
export function reasonOf(reason: EndReason): Extract<RefreshOutcome, { kind: "ended" }>["reason"] {
  return reason === "signed-out" ? "signed-out-elsewhere" : reason;
}

function outcomeOf(answer: AuthorityAnswer): RefreshOutcome {
  if (answer.kind === "granted") return { kind: "granted", fresh: freshOf(answer.grant) };
  if (answer.kind === "declined") return answer;
  return { kind: "ended", reason: reasonOf(answer.reason) };
}

export function createNetwork({ plan, time, jar, authority, random, events }: NetworkOptions): Network {
  const flights = new Set<Flight>();
  const journey = createJourneys(plan, random);

  /** Sends something, lets `decide` happen at the server, and brings the answer back as far as it gets. */
  function exchange<Answer extends { readonly cookies?: SessionCookies }, Outcome>(
    sender: Sender,
    options: {
      readonly keepalive: boolean;
      decide(): Answer;
      read(answer: Answer): Outcome;
      fail(failure: Failure): Outcome;
      landed?(): void;
    },
  ): Promise<Outcome> {
    const { thereMs, backMs, breaksMs, instead, againMs } = journey(network);
    const sentAt = time.now();
    const { promise, resolve } = Promise.withResolvers<Outcome>();

    function settle(outcome: Outcome): void {
      sender.enter(() => {
        if (!sender.lostPromises(sentAt)) resolve(outcome);
      });
    }

    function breakOff(failure: Failure): void {
      options.landed?.();
      settle(options.fail(failure));
    }

    function land(answer: Answer): void {
      const endedAt = sender.endedAt();
      const isStored =
        endedAt === null ||
        (options.keepalive && (plan.engine !== "chromium" || time.now() - endedAt < keepaliveMs));
      if (isStored && answer.cookies !== undefined) {
        if (answer.cookies !== null) events.cookiesSet(jar.version(), answer.cookies.version, { sentAt });
        jar.store(answer.cookies);
      }
      options.landed?.();
      settle(options.read(answer));
    }

    function arriveBack(answer: Answer): void {
      if (!time.isAsleep()) return land(answer);
      // The connection of a machine that sleeps breaks, or its answer waits in the network card.
      if (random.chance(0.5)) time.inBrowser(0, () => land(answer));
      else time.inBrowser(0, () => breakOff({ code: "network" }));
    }

    function arriveThere(): void {
      if (instead !== undefined) {
        time.outside(backMs as number, () => time.inBrowser(0, () => breakOff(instead)));
        return;
      }
      const answer = options.decide();
      if (backMs === null || backMs === "lost") return;
      time.outside(backMs, () => arriveBack(answer));
    }

    if (thereMs !== null && againMs !== undefined) {
      time.outside(thereMs, () => void options.decide());
      time.outside(thereMs + againMs, arriveThere);
    } else if (thereMs !== null) time.outside(thereMs, arriveThere);
    if (breaksMs !== null) time.inBrowser(breaksMs, () => breakOff({ code: "network" }));
    return promise;
  }

  const network: Network = {
    weather: "fair",
    retryAfterMs: undefined,
    flights: () => [...flights],
    transport: (sender) => ({
      identify,
      refresh(attempt, activityAgeMs, extension) {
        const presented = jar.refresh();
        const flight: Flight = {
          sender: sender.name,
          attempt,
          presented,
          sentAt: time.now(),
          sentAtWall: time.wall(),
          over: false,
        };
        flights.add(flight);
        events.refreshSent(flight);
        // A version cookie without the refresh cookie is cleared by the server (attack F8).
        const isStale = presented === null && jar.version() !== null;
        return exchange<AuthorityAnswer, RefreshOutcome>(sender, {
          keepalive: true,
          decide() {
            const activityAgeSeconds = activityAgeMs === null ? undefined : Math.floor(activityAgeMs / 1_000);
            const answer = authority.refresh(presented, { nonce: attempt, activityAgeSeconds }, extension);
            events.refreshDecided(flight, answer);
            return isStale && answer.kind === "ended" ? { ...answer, cookies: null } : answer;
          },
          read: outcomeOf,
          fail: (failure) => ({ kind: "failed", failure }),
          landed() {
            flight.over = true;
            flights.delete(flight);
          },
        });
      },
      signOut(scope) {
        const presented = jar.refresh();
        return exchange(sender, {
          keepalive: true,
          decide: () => authority.signOut(presented, scope),
          read: ({ kind }): SignOutOutcome =>
            kind === "outdated"
              ? { kind: "failed", failure: { code: "conflict", status: 409 } }
              : { kind: "done" },
          fail: (failure): SignOutOutcome => ({ kind: "failed", failure }),
        });
      },
      stepUp(proof) {
        const presented = jar.refresh();
        const { acr } = proof as { readonly acr: string | null };
        type Refusal = { readonly kind: "denied"; readonly cookies?: null };
        // Answered as a login is: with a grant, or a status.
        return exchange<AuthorityAnswer | Refusal, SignInOutcome>(sender, {
          keepalive: true,
          decide: () => (acr === null ? { kind: "denied" } : authority.stepUp(presented, acr)),
          read: (answer) =>
            answer.kind === "granted"
              ? { kind: "granted", fresh: freshOf(answer.grant) }
              : Object.assign({ kind: "failed" as const }, { status: answer.kind === "denied" ? 403 : 401 }),
          fail: () => ({ kind: "failed" }),
        });
      },
      // The simulated login answers with what it came to.
      readSignIn: async (answer) => answer as SignInOutcome,
    }),
    logIn(sender, user) {
      const presented = jar.refresh();
      return exchange<AuthorityAnswer, SignInOutcome>(sender, {
        keepalive: false,
        decide: () => authority.logIn(user, presented),
        read: (answer) =>
          answer.kind === "granted" ? { kind: "granted", fresh: freshOf(answer.grant) } : { kind: "failed" },
        fail: () => ({ kind: "failed" }),
      });
    },
  };
  return network;
}
