/**
 * Step-up: the application asks the user once for all requests that wait, in the tab that the user sees; the new level
 * reaches every tab as any new session does.
 */
import { jwtDecode } from "jwt-decode";
import { isSessionError, SessionError } from "./errors.js";
import { isSameUser, type Identity } from "./machine/outcome.js";
import type { Grant } from "./machine/state.js";
import { unauthenticatedError } from "./runtime/failure-error.js";
import type { LockPort, TimersPort } from "./runtime/ports.js";
import type { Runtime } from "./runtime/runtime.js";
import { createWaitingRoom, type AbortSignalLike } from "./runtime/waiters.js";

/** What a better authentication has to be (RFC 9470 §3). */
export interface Demand {
  /** Authentication context classes that will do, the preferred one first; none: any. */
  readonly acrValues: readonly string[];
  /** Seconds since the user last proved who they are; `null`: any time ago. */
  readonly maxAge: number | null;
}

/** What the application is asked to have its user prove. */
export interface StepUpChallenge extends Demand {
  /** 1 at first; more when what was proved before was refused. */
  readonly attempt: number;
  /** Aborted when nobody waits any more: the user stepped up in another tab, signed out, or the requests were given up. */
  readonly signal: AbortSignal;
}

/**
 * Has the user prove who they are, and returns what the server is to check: JSON for `POST {endpoint}/step-up`. `null`: the user
 * would not.
 */
export type StepUpHandler = (challenge: StepUpChallenge) => Promise<object | null> | object | null;

/** How long a user is waited for, in milliseconds. */
export const stepUpLimitMs = 300_000;

export interface StepUpParts {
  readonly handler: StepUpHandler;
  /** One prompt among the tabs that are seen. */
  readonly lock: LockPort;
  readonly timers: TimersPort;
  readonly isVisible: () => boolean;
  /** Called when that changes. Returns the detacher. */
  readonly onVisibility: (listener: () => void) => () => void;
}

export interface StepUp {
  /**
   * Waits for a token that meets the demand which `sent` did not.
   *
   * @throws {@link SessionError} `step-up-cancelled`, `step-up-failed`, `step-up-insufficient`, `timeout`, `user-changed`,
   *   `unauthenticated`; the signal's reason.
   */
  after(demand: Demand, sent: Grant, signal: AbortSignalLike | null): Promise<Grant>;
  /** The same, ahead of any challenge: at once if the current token meets the demand. */
  ahead(demand: Demand, signal: AbortSignalLike | null): Promise<Grant>;
  dispose(): void;
}

interface Waiter {
  readonly demand: Demand;
  readonly sent: Grant;
  error: SessionError | null;
}

function isClass({ acrValues }: Demand, { acr }: Identity): boolean {
  return acrValues.length === 0 || (acr !== null && acrValues.includes(acr));
}

/** Whether somebody proved who they are since. No clock is read: a later proof is what a challenge asks for. */
function isMet({ demand, sent: { identity: former } }: Waiter, { identity }: Grant): boolean {
  // A step-up has a new id, where the backend renews ids; and seconds are a coarse measure.
  const isLater =
    identity.sessionId !== former.sessionId || (identity.authTime ?? 0) > (former.authTime ?? 0);
  return isClass(demand, identity) && (demand.maxAge === null || isLater);
}

/** Seconds since the user proved who they are, as far as the token tells: by the server's clock up to its issue, by ours since. */
function authenticationAge({ token, identity }: Grant, tokenAgeMs: number): number {
  try {
    const { iat } = jwtDecode(token);
    return (iat ?? Infinity) - (identity.authTime ?? -Infinity) + tokenAgeMs / 1_000;
  } catch {
    return Infinity;
  }
}

export function createStepUp(runtime: () => Runtime, parts: StepUpParts): StepUp {
  const { handler, lock, timers, isVisible, onVisibility } = parts;
  const room = createWaitingRoom("the step-up", timers);
  const waiters = new Set<Waiter>();
  let prompt: AbortController | null = null;
  let queued = false;
  let detach: (() => void)[] = [];

  function leave(): void {
    queued = false;
    lock.release();
  }

  /** What a prompt brings that was told to close comes too late, whether or not it closes. */
  function close(): void {
    prompt?.abort();
    prompt = null;
  }

  /** Whoever is served leaves; who is left has the user asked, unless another tab is the one that the user sees. */
  function look(): void {
    room.tryAll();
    if (waiters.size === 0) {
      close();
      leave();
    } else if (!isVisible()) leave();
    else if (!queued) {
      queued = true;
      const begin = (): void => void ask();
      lock.request(false, { granted: begin, refused: begin, stolen: () => undefined });
    }
  }

  function fail(which: Iterable<Waiter>, error: () => SessionError): void {
    for (const waiter of which) waiter.error = error();
    room.tryAll();
  }

  async function prove({ acrValues, maxAge }: Demand, signal: AbortSignal): Promise<"done" | "cancelled"> {
    for (let attempt = 1; ; attempt += 1) {
      const proof = await handler({ acrValues, maxAge, attempt, signal });
      if (signal.aborted) return "done";
      if (!proof) return "cancelled";
      try {
        await runtime().stepUp(proof);
        return "done";
      } catch (error) {
        const status = isSessionError(error) && error.code === "sign-in-failed" ? error.status : undefined;
        // The session may have ended meanwhile: a refresh tells, and tells every tab.
        if (status === 401) await runtime().refresh();
        if (status !== 403) throw error;
      }
    }
  }

  async function ask(): Promise<void> {
    if (prompt !== null) return;
    const own = (prompt = new AbortController());
    // The lock may come before the word of who had it: what a proof in that tab has brought is learnt first.
    runtime().look();
    await runtime()
      .token(undefined, own.signal)
      .catch(() => undefined);
    if (prompt !== own) return;
    room.tryAll();
    const [first] = waiters;
    if (first === undefined) return close();
    let failure: (() => SessionError) | null = null;
    try {
      if ((await prove(first.demand, own.signal)) === "cancelled") failure = cancelled;
    } catch (cause) {
      failure = () => new SessionError("step-up-failed", "The step-up failed; see `cause`.", { cause });
    }
    if (prompt !== own) return;
    // Who is served, or the session itself over: then that is what is told.
    room.tryAll();
    if (failure !== null) fail(waiters, failure);
    else if (waiters.has(first)) fail([first], insufficient);
    close();
    leave();
    look();
  }

  function cancelled(): SessionError {
    return new SessionError("step-up-cancelled", "The user did not step up.");
  }

  function insufficient(): SessionError {
    return new SessionError("step-up-insufficient", "What the user proved does not meet the demand.");
  }

  async function wait(
    demand: Demand,
    sent: Grant,
    signal: AbortSignalLike | null,
    mayDo: (waiter: Waiter, grant: Grant) => boolean,
  ): Promise<Grant> {
    if (detach.length === 0) detach = [runtime().subscribe(look), onVisibility(look)];
    const waiter: Waiter = { demand, sent, error: null };
    waiters.add(waiter);
    const offer = (): Grant | undefined => {
      if (waiter.error !== null) throw waiter.error;
      const snapshot = runtime().snapshot();
      if (snapshot.status === "unauthenticated") throw unauthenticatedError(snapshot.reason);
      const grant = runtime().peek();
      if (grant === null) return undefined;
      if (!isSameUser(sent.identity, grant.identity))
        throw new SessionError("user-changed", "Another user signed in while a step-up was waited for.");
      return mayDo(waiter, grant) ? grant : undefined;
    };
    /** Whoever is served or turned away has left before anybody looks who is still there. */
    const attempt = (): Grant | undefined => {
      let stays = false;
      try {
        const grant = offer();
        stays = grant === undefined;
        return grant;
      } finally {
        if (!stays) waiters.delete(waiter);
      }
    };
    const served = room.wait(attempt, { limitMs: stepUpLimitMs, signal });
    try {
      look();
      return await served;
    } finally {
      waiters.delete(waiter);
      look();
    }
  }

  return {
    after: (demand, sent, signal) => wait(demand, sent, signal, isMet),
    async ahead(demand, signal) {
      const sent = await runtime().token(undefined, signal);
      return wait(demand, sent, signal, (waiter, grant) => {
        if (isMet(waiter, grant)) return true;
        const { maxAge } = demand;
        return (
          isClass(demand, grant.identity) &&
          maxAge !== null &&
          authenticationAge(grant, runtime().ageMs(grant)) <= maxAge
        );
      });
    },
    dispose() {
      for (const undo of detach) undo();
      fail(waiters, () => new SessionError("disposed", "The session was disposed."));
      close();
      lock.release();
    },
  };
}
