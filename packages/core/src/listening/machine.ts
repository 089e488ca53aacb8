/**
 * When a tab listens to the server: pure, like the machine of the session, and apart from it, so that it is loaded only where
 * somebody is signed in. One tab of a browser listens; a lock says which.
 */

/** Milliseconds. */
export const listeningPolicy = {
  /** Nothing came for so long: the connection is dead. More than two heartbeats of the server. */
  silenceLimitMs: 40_000,
  /** A stream that stood so long was a good one, and what ends it is no failure of the next. */
  provenMs: 10_000,
  /** The widest first pause; it doubles with each failure. All of it is jitter: what ended ten thousand streams was one restart. */
  pauseMs: 2_000,
  longestPauseMs: 60_000,
  /** The most a `Retry-After` is believed. */
  longestRetryAfterMs: 600_000,
  /** By then the other tabs have heard that the session is over: a lock changes hands faster than a message or a cookie. */
  lingerMs: 1_000,
};

/** How a stream came to its end. */
export type Closing =
  /** The server ended it, or nobody knows what did. */
  | { readonly kind: "failed"; readonly retryAfterMs?: number }
  /** A 401: the session may be over, or its cookie newer than what was sent. */
  | { readonly kind: "unauthenticated" }
  /** There are no streams here. */
  | { readonly kind: "unsupported" };

export type ListeningTimer = "listening-silence" | "listening-pause";

export type ListeningEvent =
  /** What the tab knows now: the session whose news it wants, `null` if none, and the revision of its token. */
  | {
      readonly type: "looked";
      readonly sessionId: string | null;
      /** There is no session: with one, `null` means that the tab is not seen, or goes. */
      readonly isOver: boolean;
      readonly revision: number;
    }
  | { readonly type: "lock-granted" }
  | { readonly type: "lock-refused" }
  | { readonly type: "lock-stolen" }
  | { readonly type: "opened" }
  /** Something came: an event, or a heartbeat. */
  | { readonly type: "heard" }
  | { readonly type: "closed"; readonly closing: Closing }
  | { readonly type: "timer-fired"; readonly name: ListeningTimer }
  | { readonly type: "online" };

export type ListeningEffect =
  | { readonly type: "queue" }
  | { readonly type: "leave-queue" }
  | { readonly type: "open" }
  | { readonly type: "close" }
  /** Find out by a refresh what has become of the session. */
  | { readonly type: "refresh" }
  | { readonly type: "arm-timer"; readonly name: ListeningTimer; readonly delayMs: number }
  | { readonly type: "cancel-timer"; readonly name: ListeningTimer };

export interface Listening {
  readonly phase:
    /** Nobody to listen for, or not seen. */
    | "off"
    /** Another tab listens, perhaps. */
    | "queued"
    /** The request is out; the lock is ours from here on. */
    | "opening"
    | "open"
    /** Before another try. */
    | "pausing"
    /** A refresh finds out why we were refused. */
    | "asking"
    /** Not for this session again. The lock is kept: what this tab was told, the others need not ask. */
    | "given-up"
    /** The same without the lock: the tab was hidden meanwhile. */
    | "resigned"
    /** The session is over. The lock is kept until the others know: the next one would ask for a stream, and be refused. */
    | "lingering"
    /** Never: there are no locks here, and a stream for each tab would stop everything else. */
    | "barred";
  /** Whose news is wanted, or was last. */
  readonly sessionId: string | null;
  /** Of the token in hand. */
  readonly revision: number;
  /** Of the token that the stream was asked for with. */
  readonly asked: number;
  readonly openedAt: number;
  /** The server named a time: this tab does not ask sooner. */
  readonly notBefore: number;
  /** Streams in a row that did not stand. */
  readonly failures: number;
  /** The revision that was refused; −1 if none was since a stream stood, or was open when we left it. */
  readonly refused: number;
  /** There has been a stream: what says that there is none is in trouble. */
  readonly hasStood: boolean;
}

export const initialListening: Listening = {
  phase: "off",
  sessionId: null,
  revision: -1,
  asked: -1,
  openedAt: 0,
  notBefore: 0,
  failures: 0,
  refused: -1,
  hasStood: false,
};

interface Moment {
  readonly at: number;
  /** 0 ≤ roll < 1. */
  readonly roll: number;
}

type Step = readonly [Listening, readonly ListeningEffect[]];

const quiet: readonly ListeningEffect[] = [
  { type: "close" },
  { type: "cancel-timer", name: "listening-silence" },
  { type: "cancel-timer", name: "listening-pause" },
];

function silence(): ListeningEffect {
  return { type: "arm-timer", name: "listening-silence", delayMs: listeningPolicy.silenceLimitMs };
}

function wait(state: Listening, delayMs: number): Step {
  return [state, [...quiet, { type: "arm-timer", name: "listening-pause", delayMs }]];
}

/** As long as the server asked for, and a moment. */
function waitBriefly(state: Listening, { at, roll }: Moment): Step {
  return wait(state, Math.max(0, state.notBefore - at) + roll * listeningPolicy.pauseMs);
}

function open(state: Listening, moment: Moment): Step {
  if (moment.at < state.notBefore) return waitBriefly({ ...state, phase: "pausing" }, moment);
  return [{ ...state, phase: "opening", asked: state.revision }, [...quiet, { type: "open" }, silence()]];
}

function pause(state: Listening, { at, roll }: Moment, retryAfterMs = 0): Step {
  const { pauseMs, longestPauseMs, longestRetryAfterMs, provenMs } = listeningPolicy;
  const isProven = state.phase === "open" && at - state.openedAt >= provenMs;
  const failures = isProven ? 1 : state.failures + 1;
  const widestMs = Math.min(longestPauseMs, pauseMs * 2 ** (failures - 1));
  const namedMs = Math.min(retryAfterMs, longestRetryAfterMs);
  const refused = isProven ? -1 : state.refused;
  return wait(
    { ...state, phase: "pausing", failures, refused, notBefore: at + namedMs },
    namedMs + roll * widestMs,
  );
}

function leave(state: Listening, phase: "off" | "resigned" = "off"): Step {
  // Nobody let it fall that was open until now: a token that ran out while the tab was hidden makes no loop.
  const refused = state.phase === "open" ? -1 : state.refused;
  return [{ ...state, phase, failures: 0, refused }, [...quiet, { type: "leave-queue" }]];
}

function linger(state: Listening): Step {
  if (state.phase === "lingering") return [state, []];
  return wait({ ...state, phase: "lingering" }, listeningPolicy.lingerMs);
}

/** Another session, a newer token, or nobody any more. */
function onLooked(
  before: Listening,
  { sessionId, isOver, revision }: Extract<ListeningEvent, { type: "looked" }>,
  moment: Moment,
): Step {
  const { phase } = before;
  const isAway = phase === "off" || phase === "resigned";
  if (phase === "barred" || (sessionId === null && isAway)) return [before, []];
  if (sessionId === null && !isOver && phase === "given-up") return leave(before, "resigned");
  if (sessionId === null) return isOver && phase !== "queued" ? linger(before) : leave(before);
  const isSame = sessionId === before.sessionId;
  const state = isSame
    ? { ...before, revision }
    : { ...before, sessionId, revision, failures: 0, refused: -1 };
  if (phase === "off" || (phase === "resigned" && !isSame))
    return [{ ...state, phase: "queued" }, [{ type: "queue" }]];
  const isAnswered = phase === "asking" && revision > state.refused;
  const isDue = !isSame || isAnswered || phase === "lingering";
  return phase !== "queued" && isDue ? open(state, moment) : [state, []];
}

function onClosed(state: Listening, closing: Closing, moment: Moment): Step {
  if (state.phase !== "opening" && state.phase !== "open") return [state, []];
  switch (closing.kind) {
    case "failed":
      return pause(state, moment, closing.retryAfterMs);
    case "unsupported":
      return state.hasStood ? pause(state, moment) : [{ ...state, phase: "given-up" }, quiet];
    case "unauthenticated":
      // A refresh came in between: its token was not refused.
      if (state.revision > state.asked) return open(state, moment);
      // Once more than once is a loop.
      return state.refused >= 0
        ? [{ ...state, phase: "given-up" }, quiet]
        : [{ ...state, phase: "asking", refused: state.revision }, [...quiet, { type: "refresh" }]];
  }
}

/** One turn: what happened, and what is to be done about it. */
export function listen(state: Listening, event: ListeningEvent, moment: Moment): Step {
  const { phase } = state;
  const hasLock = !["off", "queued", "barred", "resigned"].includes(phase);
  switch (event.type) {
    case "looked":
      return onLooked(state, event, moment);
    case "lock-granted":
      return phase === "queued" ? open(state, moment) : [state, []];
    case "lock-refused":
      return [{ ...state, phase: "barred" }, quiet];
    case "lock-stolen":
      if (phase === "lingering") return leave(state);
      if (phase === "given-up") return leave(state, "resigned");
      return hasLock ? [{ ...state, phase: "queued" }, [...quiet, { type: "queue" }]] : [state, []];
    case "opened":
      return phase === "opening"
        ? [{ ...state, phase: "open", openedAt: moment.at, hasStood: true }, [silence()]]
        : [state, []];
    case "heard":
      return phase === "open" ? [state, [silence()]] : [state, []];
    case "closed":
      return onClosed(state, event.closing, moment);
    case "timer-fired":
      if (event.name === "listening-silence") return onClosed(state, { kind: "failed" }, moment);
      if (phase === "lingering") return leave(state);
      return phase === "pausing" ? open(state, moment) : [state, []];
    case "online":
      return phase === "pausing" ? waitBriefly(state, moment) : [state, []];
  }
}
