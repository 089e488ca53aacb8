/** The session as applications see it. */
import { bareOptions } from "./bare-options.js";
import { createAuthorisedFetch, type TokenSource } from "./http/authorised-fetch.js";
import { isSessionError, SessionError } from "./errors.js";
import { isSameUser } from "./machine/outcome.js";
import type { Grant } from "./machine/state.js";
import type { SessionSnapshot } from "./machine/snapshot.js";
import type { SignOutScope } from "./machine/version.js";
import { createSessionControl, type SessionControl } from "./session-control.js";
import { createStepUp, type Demand, type StepUp, type StepUpParts } from "./step-up.js";
import type { SignOutResult } from "./runtime/calls.js";
import type { Inspected } from "./runtime/inspecting.js";
import type { Runtime } from "./runtime/runtime.js";

/** How a caller wants its token. */
export interface AccessTokenOptions {
  /**
   * How long the token must stay valid, in milliseconds. Default 5 000; bounded by half of the token's lifetime, and
   * never less than a tenth of it (or 5 000, whichever is less).
   */
  readonly minValidity?: number;
  /** Gives up waiting with the signal's own reason. Other callers and the refresh itself are not affected. */
  readonly signal?: AbortSignal | null;
}

export interface SignOutOptions {
  /**
   * `this` (default): this session. `all`: every session of the user. `others`: every session but this one; this tab
   * stays signed in.
   */
  readonly scope?: SignOutScope;
}

/** What a step-up asks for. Without either part: any new proof. */
export interface StepUpOptions {
  /** Authentication context classes that will do, the preferred one first. */
  readonly acr?: string | readonly string[];
  /** Seconds since the user last proved who they are. */
  readonly maxAge?: number;
  /** Gives up waiting with the signal's own reason. */
  readonly signal?: AbortSignal | null;
}

/** How much more time is asked for. */
export interface ExtendOptions {
  readonly minutes: number;
}

/** 400 days: as long as a browser keeps a cookie. */
const mostMinutes = 576_000;

/**
 * A session that all tabs of a browser profile share.
 *
 * Every promise settles within 60 seconds (L7), but for two that wait for people. `signIn`: a minute to let requests in flight
 * land and the former session be revoked, half a minute for the login call, and a minute for a refresh after it. A step-up, and
 * a `fetch` that needs one: five minutes.
 */
export interface Session<Claims = unknown, User = unknown> {
  /** Starts: reads who is signed in, listens to the other tabs. Idempotent; the first use of any other method does it too. */
  start(): void;

  /**
   * Resolves once it is known whether somebody is signed in.
   *
   * @throws {@link SessionError} `timeout` if that is still unknown after 60 seconds; `disposed`; `unsupported-environment`.
   */
  ready(): Promise<SessionSnapshot<Claims, User>>;

  /** What the session is now; the same object as long as nothing in it changed. Never holds a token. */
  getSnapshot(): SessionSnapshot<Claims, User>;

  /** Calls `listener` after each change of the snapshot; returns the unsubscriber. A silent refresh changes nothing. */
  subscribe(
    listener: (snapshot: SessionSnapshot<Claims, User>, previous: SessionSnapshot<Claims, User>) => void,
  ): () => void;

  /**
   * A token that is valid now (L6). At once if there is one; else after the one refresh that all tabs share.
   *
   * @throws {@link SessionError} `unauthenticated` with its `reason`; while no token can be had: `network`, `timeout`,
   *   `rate-limited`, `unavailable`, `bad-answer`, `conflict`, `refused`, with `retryAfterMs`; `user-changed` if another user
   *   signed in meanwhile; `overloaded`; `disposed`; `unsupported-environment`. The signal's reason if it was aborted.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;

  /**
   * `fetch` with the token, to the own origin and those of the `audience` option only (L8). A 401 that refuses the token
   * leads to one refresh and one replay. While nobody is signed in, requests go without a token.
   *
   * @throws As `fetch` and {@link getAccessToken}; `user-changed` if another user signed in meanwhile.
   * @see RFC 6750 §3, RFC 9110 §11.6.1
   */
  readonly fetch: typeof globalThis.fetch;

  /** Replaces the current token, or joins the refresh under way. @throws As {@link getAccessToken}. */
  refresh(): Promise<void>;

  /**
   * Runs your login call and starts a new epoch in every tab. If the call's answer is a `Response` (or its parsed body)
   * with a grant of the session endpoint, the token is taken from it; any other success costs one refresh.
   *
   * @throws What the call threw; {@link SessionError} `sign-in-failed` with the `response` if it was answered with an error
   *   status; `sign-in-superseded`, `sign-in-in-progress`, `timeout`; and as {@link getAccessToken}.
   */
  signIn(call: () => unknown): Promise<SessionSnapshot<Claims, User>>;

  /**
   * Signs out: here before this call returns, in the other tabs within milliseconds, also offline; the server is told as
   * soon as it can be, before anything else is sent to it (L3).
   *
   * @returns Whether the server has confirmed the revocation yet.
   * @throws {@link SessionError} only with scope `others`, if the server could not be told, or wants a recent proof (with the
   *   `stepUp` option the user is asked for one first) and gets none: the codes of {@link stepUp}; `disposed`.
   */
  signOut(options?: SignOutOptions): Promise<SignOutResult>;

  /**
   * Has the user prove again who they are, unless what they proved meets the demand already. `fetch` does so by itself when an
   * API answers with the challenge of RFC 9470; this asks ahead. All who wait, in all tabs, share one prompt.
   *
   * @throws {@link SessionError} `step-up-cancelled`, `step-up-failed`, `step-up-insufficient`, `user-changed`; `timeout` after
   *   five minutes; `invalid-option` without the `stepUp` option; as {@link getAccessToken}.
   */
  stepUp(options?: StepUpOptions): Promise<SessionSnapshot<Claims, User>>;

  /**
   * Tells that the user is there, in a way that the page's events do not show: a film plays, a controller is in use. In every tab
   * the session idles out that much later; a warning that is shown is taken back.
   */
  reportActivity(): void;

  /**
   * Asks the server to let the session last so long without activity, from 1 to 576 000 minutes; it may allow less, and nothing
   * beyond the session's `expiresAt`.
   *
   * @returns When the session now ends, if the user does nothing: milliseconds since 1970 by this device's clock.
   * @throws {@link SessionError} `refused` if the server's policy extends no sessions; `invalid-option`; as {@link getAccessToken}.
   */
  extend(options: ExtendOptions): Promise<number>;

  /** The user's sessions on all devices. */
  readonly sessions: SessionControl;

  /**
   * Typed events for an inspector or a log; secrets have no place in them. After `refreshed` and `adopted`,
   * {@link getAccessToken} gives the new token. Returns the unsubscriber.
   */
  inspect(listener: (event: Inspected) => void): () => void;

  /** Ends this tab's part: no timer, listener, lock or channel is left. A request under way is not aborted. Idempotent. */
  dispose(): void;
}

export interface SessionParts {
  /** Whether there is a browser to start in. */
  readonly canStart: () => boolean;
  readonly boot: () => Runtime;
  readonly fetch: typeof globalThis.fetch;
  readonly isAudience: (url: URL) => boolean;
  readonly replayUnsafe: boolean;
  /** The absolute URL of the session endpoint. */
  readonly endpoint: () => string;
  /** Left out where the application has no way to ask its user. */
  readonly stepUp: StepUpParts | null;
}

const none: AccessTokenOptions & SignOutOptions = Object.freeze(bareOptions({}));

/** What the caller says, and nothing that a polluted prototype adds (attack B1). */
function readOptions(
  options: AccessTokenOptions & SignOutOptions = none,
): AccessTokenOptions & SignOutOptions {
  return options === none ? none : bareOptions(options);
}

const loading: SessionSnapshot = Object.freeze({ status: "loading", problem: null });

/** What authorised requests need, of a runtime that starts with the first of them. */
function createTokenSource(runtime: () => Runtime, stepUp: StepUp | null): TokenSource {
  return {
    ...(stepUp && { stepUp: stepUp.after }),
    async token(signal) {
      try {
        return await runtime().token(undefined, signal);
      } catch (error) {
        if (isSessionError(error) && error.code === "unauthenticated") return null;
        throw error;
      }
    },
    refresh: (signal, refused) => runtime().refresh(signal, refused),
    ageMs: (grant) => runtime().ageMs(grant),
    isSameUser: (sent) => runtime().isSameUser(sent),
    isOneUser: (a, b) => isSameUser(a.identity, b.identity),
  };
}

/** @throws {@link SessionError} `invalid-option` */
function demandOf({ acr, maxAge }: StepUpOptions): Demand {
  const acrValues = acr === undefined ? [] : typeof acr === "string" ? [acr] : acr;
  const isAge = maxAge === undefined || (Number.isFinite(maxAge) && maxAge >= 0);
  if (!isAge || !Array.isArray(acrValues) || !acrValues.every((value) => typeof value === "string"))
    throw new SessionError("invalid-option", "stepUp: pass `acr` as names, `maxAge` as seconds, 0 or more.");
  return { acrValues, maxAge: maxAge ?? (acrValues.length > 0 ? null : 0) };
}

export function assembleSession(parts: SessionParts): Session {
  const { canStart, boot, fetch, isAudience, replayUnsafe, endpoint } = parts;
  let started: Runtime | null = null;
  let disposed = false;
  /** Weak, so that nothing of a token is left once its session has let go of it (attack A10). */
  const handedOut = new WeakMap<Grant, Promise<string>>();
  /** Listeners of a session that is not started yet, or cannot be (server rendering). */
  const early: ((runtime: Runtime) => void)[] = [];

  function runtime(): Runtime {
    if (started !== null) return started;
    if (disposed) throw new SessionError("disposed", "The session was disposed.");
    if (!canStart())
      throw new SessionError(
        "unsupported-environment",
        "There is no session here: call this in a browser only.",
      );
    started = boot();
    for (const attach of early.splice(0)) attach(started);
    started.start();
    return started;
  }

  /** Attaches a listener now, or as soon as the session starts. */
  function whenStarted(attach: (runtime: Runtime) => () => void): () => void {
    let detach: (() => void) | null = null;
    if (started !== null) return attach(started);
    const entry = (live: Runtime): void => void (detach = attach(live));
    early.push(entry);
    return () => {
      if (detach !== null) return detach();
      const index = early.indexOf(entry);
      if (index >= 0) early.splice(index, 1);
    };
  }

  const stepUp = parts.stepUp && createStepUp(runtime, parts.stepUp);
  const source = createTokenSource(runtime, stepUp);
  const signOut: Session["signOut"] = async (options) => {
    const { scope = "this" } = readOptions(options);
    try {
      return await runtime().signOut(scope);
    } catch (error) {
      // The server wants a recent proof before it ends other sessions: only a new one can be recent enough.
      const isChallenge = isSessionError(error) && error.code === "refused" && error.status === 401;
      if (stepUp === null || !isChallenge) throw error;
      await stepUp.ahead({ acrValues: [], maxAge: 0 }, null);
      return runtime().signOut(scope);
    }
  };

  const session: Session = {
    start() {
      if (canStart() && !disposed) runtime();
    },
    ready: async () => runtime().ready(),
    getSnapshot: () => started?.snapshot() ?? loading,
    subscribe: (listener) => whenStarted((live) => live.subscribe(listener)),
    getAccessToken(options) {
      const { minValidity, signal } = readOptions(options);
      try {
        const live = runtime();
        const grant = signal?.aborted === true ? null : live.peek(minValidity);
        if (grant === null) return live.token(minValidity, signal).then(({ token }) => token);
        // The same promise as long as it is the same token: a loop over this method allocates nothing.
        const known = handedOut.get(grant);
        if (known !== undefined) return known;
        const promise = Promise.resolve(grant.token);
        handedOut.set(grant, promise);
        return promise;
      } catch (error) {
        return Promise.reject(error);
      }
    },
    fetch: createAuthorisedFetch({ source, fetch, isAudience, replayUnsafe }),
    async refresh() {
      await runtime().refresh();
    },
    signIn: async (call) => runtime().signIn(call),
    signOut,
    async stepUp(options = {}) {
      const { signal = null, ...wanted } = bareOptions(options);
      if (stepUp === null)
        throw new SessionError("invalid-option", "createSession: pass `stepUp`, which asks the user.");
      await stepUp.ahead(demandOf(wanted), signal);
      return runtime().snapshot();
    },
    reportActivity: () => runtime().act(),
    async extend(options) {
      const { minutes } = bareOptions(options);
      if (!Number.isInteger(minutes) || minutes < 1 || minutes > mostMinutes)
        throw new SessionError(
          "invalid-option",
          `extend: \`minutes\` must be a whole number from 1 to ${mostMinutes}.`,
        );
      return runtime().extend(minutes);
    },
    sessions: createSessionControl({
      endpoint,
      // To the endpoint and nowhere else, which need not be in the audience of the token.
      fetch: createAuthorisedFetch({
        source,
        fetch,
        isAudience: ({ origin }) => origin === new URL(endpoint()).origin,
        replayUnsafe: true,
      }),
      assertSignedIn: async () => runtime().token(undefined),
      ownId: () => runtime().peek()?.identity.sessionId ?? null,
      signOut,
    }),
    inspect: (listener) => whenStarted((live) => live.inspect(listener)),
    dispose() {
      disposed = true;
      early.length = 0;
      stepUp?.dispose();
      started?.dispose();
    },
  };
  return Object.freeze(session);
}
