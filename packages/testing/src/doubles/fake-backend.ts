/**
 * A session server and an API in memory, for one browser: what a refresh token is worth is decided by the rules of
 * `@lockstep/server`, strict unless told otherwise. Each request takes its time, and trouble can be made.
 */
import type { SignOutScope } from "@lockstep/core";
import type {
  Failure,
  Identity,
  RefreshOutcome,
  SignInOutcome,
  SignOutOutcome,
  TransportPort,
} from "@lockstep/core/internals";
import { createAuthority, type AuthorityAnswer, type SessionCookies } from "../backend/authority.js";
import { createFakeApi } from "./fake-api.js";
import type { ManualClock } from "./manual-clock.js";
import type { MemoryRegister } from "./memory-register.js";
import { microtask } from "./soon.js";

/** Whoever signs in. All but the id is for the application to read in the snapshot. */
export interface TestUser {
  readonly id: string;
  readonly [detail: string]: unknown;
}

export interface RefreshRequest {
  /** On the clock of the browser's machine. */
  readonly at: number;
  readonly attempt: string;
  readonly activityAgeMs: number | null;
  /** The minutes without activity that were asked for with it; `null`: none. */
  readonly extension: number | null;
}

export interface SignOutRequest {
  readonly at: number;
  readonly scope: SignOutScope;
}

export interface BackendOptions {
  /** Of access tokens. Default 5 minutes. */
  readonly lifetimeMs?: number;
  /** After so long without activity a session ends. Default: never. */
  readonly idleLifetimeMs?: number;
  /** So long after sign-in a session ends. Default: never. */
  readonly absoluteLifetimeMs?: number;
  /** How long without activity a session may be asked to last from now on. Default 0: it is refused. */
  readonly extensionLimitMs?: number;
  /** How long a refresh token stays good after its rotation. Default 0: strict. */
  readonly graceMs?: number;
  /** What a request takes, there and back. Default 50. With 0 it is answered without any time passing. */
  readonly latencyMs?: number;
  /** The claims of a user's tokens, besides `sub`. Default: none. */
  readonly claims?: (user: TestUser) => object;
}

export interface FakeBackend {
  latencyMs: number;
  /** How it answers instead of doing what it is asked; `silence`: not at all. `null`: no trouble. */
  trouble: Failure | "silence" | null;
  /** Answers of its own to a refresh; `null`: the ordinary one. */
  script: ((request: RefreshRequest) => RefreshOutcome | null) | null;
  /** The refreshes that arrived, in order. */
  readonly refreshes: readonly RefreshRequest[];
  readonly signOuts: readonly SignOutRequest[];
  /** A login: starts a session, sets its cookies, and answers with its first token. */
  logIn(user: string | TestUser): Extract<SignInOutcome, { kind: "granted" }>;
  /** Ends the session of this browser, as an administrator or another device does. */
  revoke(): void;
  /** Refuses every access token that was issued so far, though they have not expired: a key was changed, say. */
  refuseTokens(): void;
  /** Whether an API takes the access token now. */
  accepts(accessToken: string): boolean;
  /** What a user has to send to step up, and the class it proves; `null`: it is wrong. Default: anything proves nothing in particular. */
  check: (proof: object) => { readonly acr: string | null } | null;
  /** An API that answers every request: 200 with the user, or 401 (RFC 6750 §3). */
  readonly fetch: typeof globalThis.fetch;
  /** One tab's way to it; whoever is dead hears no answer, and what was asked is done all the same. */
  transport(isAlive: () => boolean): TransportPort;
}

/** What the server's clock shows when the browser's machine starts. */
const startedAt = 1_800_000_000_000;

function isOutcome(answer: unknown): answer is SignInOutcome {
  const kind = (answer as { readonly kind?: unknown } | null | undefined)?.kind;
  return kind === "granted" || kind === "unknown" || kind === "failed";
}

export function createFakeBackend(
  clock: ManualClock,
  register: MemoryRegister,
  { latencyMs = 50, claims, ...rules }: BackendOptions = {},
): FakeBackend {
  const now = (): number => startedAt + clock.passed();
  const authority = createAuthority({
    now,
    idleLifetimeMs: Infinity,
    absoluteLifetimeMs: Infinity,
    ...rules,
  });
  const users = new Map<string, TestUser>();
  const good = new Set<string>();
  const wire = clock.timers();
  const refreshes: RefreshRequest[] = [];
  const signOuts: SignOutRequest[] = [];
  let jar: SessionCookies = null;
  let requests = 0;

  function identify(_token: string, known: Omit<Identity, "subject" | "claims">): Identity | null {
    const id = (known.user as { readonly id?: unknown } | null | undefined)?.id;
    if (typeof id !== "string") return null;
    return { ...known, subject: id, claims: { sub: id, ...claims?.(users.get(id) ?? { id }) } };
  }

  function store(cookies: SessionCookies): void {
    jar = cookies;
    // The endpoint is on another host: its cookies are kept, and cannot be read.
    if (register.mark !== "unreadable") register.mark = cookies?.version ?? null;
  }

  function granted({ grant, cookies }: Extract<AuthorityAnswer, { kind: "granted" }>) {
    store(cookies);
    good.add(grant.accessToken);
    const { sessionId, accessToken, revision, lifetimeMs, authTime, acr, expiresAt, bounds } = grant;
    const user = users.get(grant.user.id) ?? grant.user;
    const identity = identify(accessToken, { sessionId, user, authTime, acr, expiresAt });
    if (identity === null) throw new TypeError("A user has an id, which is a text.");
    return {
      kind: "granted",
      fresh: { token: accessToken, revision, lifetimeMs, identity, bounds },
    } as const;
  }

  function outcomeOf(answer: AuthorityAnswer): RefreshOutcome {
    if (answer.kind === "granted") return granted(answer);
    if (answer.kind === "declined") return answer;
    if (answer.cookies === null) store(null);
    // This tab did not sign out, or it would not have asked.
    const reason = answer.reason === "signed-out" ? "signed-out-elsewhere" : answer.reason;
    return { kind: "ended", reason };
  }

  async function travel<Outcome>(
    isAlive: () => boolean,
    act: () => Outcome,
  ): Promise<Outcome | { readonly kind: "failed"; readonly failure: Failure }> {
    return new Promise((resolve) => {
      const arrive = (): void => {
        const { trouble } = backend;
        if (trouble === "silence") return;
        const outcome = trouble === null ? act() : { kind: "failed" as const, failure: trouble };
        if (isAlive()) resolve(outcome);
      };
      if (backend.latencyMs <= 0) microtask(arrive);
      else wire.arm(`request ${(requests += 1)}`, backend.latencyMs, arrive);
    });
  }

  function accepts(accessToken: string): boolean {
    const facts = authority.read(accessToken);
    if (facts === null || !good.has(accessToken)) return false;
    return now() < facts.expiresAt && authority.endOf(facts.sessionId) === null;
  }

  const backend: FakeBackend = {
    latencyMs,
    trouble: null,
    script: null,
    refreshes,
    signOuts,
    logIn(who) {
      const user = typeof who === "string" ? { id: who } : who;
      users.set(user.id, user);
      return granted(authority.logIn(user.id, jar?.refresh ?? null));
    },
    revoke() {
      if (jar !== null) authority.revoke(jar.version.sessionId);
    },
    refuseTokens: () => good.clear(),
    accepts,
    check: () => ({ acr: null }),
    fetch: createFakeApi((accessToken) =>
      accepts(accessToken) ? (users.get(authority.read(accessToken)?.userId ?? "") ?? null) : null,
    ),
    transport: (isAlive) => ({
      identify,
      refresh(attempt, activityAgeMs, extension) {
        const request = { at: clock.monotonic(), attempt, activityAgeMs, extension };
        refreshes.push(request);
        // Cookies are attached as the request leaves.
        const presented = jar?.refresh ?? null;
        const activityAgeSeconds = activityAgeMs === null ? undefined : Math.floor(activityAgeMs / 1_000);
        return travel(
          isAlive,
          () =>
            backend.script?.(request) ??
            outcomeOf(authority.refresh(presented, { nonce: attempt, activityAgeSeconds }, extension)),
        );
      },
      signOut(scope) {
        signOuts.push({ at: clock.monotonic(), scope });
        const presented = jar?.refresh ?? null;
        return travel<SignOutOutcome>(isAlive, () => {
          const { kind, cookies } = authority.signOut(presented, scope);
          if (kind === "outdated") return { kind: "failed", failure: { code: "conflict", status: 409 } };
          if (cookies === null) store(null);
          return { kind: "done" };
        });
      },
      async stepUp(proof) {
        const presented = jar?.refresh ?? null;
        const outcome = await travel(isAlive, () => {
          const checked = backend.check(proof);
          return checked === null ? null : outcomeOf(authority.stepUp(presented, checked.acr));
        });
        if (outcome?.kind === "granted") return outcome;
        return new Response(null, { status: outcome === null ? 403 : outcome.kind === "ended" ? 401 : 503 });
      },
      async readSignIn(answer) {
        if (isOutcome(answer)) return answer;
        const isRefusal = typeof Response !== "undefined" && answer instanceof Response && !answer.ok;
        return { kind: isRefusal ? "failed" : "unknown" };
      },
    }),
  };
  return backend;
}
