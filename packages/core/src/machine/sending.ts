/** Sending: the claim is published in the same turn, before the request goes out (L2). */
import { remainingMs, type Hold, type Mark } from "./register.js";
import type { State } from "./state.js";
import { inspect, nextTicket, type Turn } from "./turn.js";
import type { PendingRevocation } from "./version.js";

/** The mark that a refresh is based on: the version cookie, or what this tab knows where that cannot be read. */
function baseOf(state: State, { reading }: Turn): Mark | null {
  if (reading.mark !== "unreadable") return reading.mark;
  const { grant } = state;
  return grant && { sessionId: grant.identity.sessionId, revision: grant.revision };
}

function isSameBase(a: Mark | null, b: Mark | null): boolean {
  return a?.sessionId === b?.sessionId && a?.revision === b?.revision;
}

/** A hold as it stands from now on. The same logical refresh keeps its nonce, in whichever tab it is tried again. */
export function newHold(state: State, turn: Turn): Hold {
  const { hold: last, mark } = turn.reading;
  const base = baseOf(state, turn);
  const isOver = last?.kind === "claim" && last.ttlMs === 0;
  const isRetry = last !== null && (mark === "unreadable" ? !isOver : isSameBase(last.base, base));
  return {
    kind: "claim",
    attempt: isRetry ? last.attempt : `${state.tabId}-${state.ticket}`,
    base,
    startedAtWall: Math.round(turn.wall),
    ttlMs: turn.policy.claimMs,
    // A claim that was left behind counts as a try that failed: each try has a number of its own.
    failures: isRetry ? last.failures + (last.kind === "claim" ? 1 : 0) : 0,
    code: null,
  };
}

/** From now on a request is out; `hold` is what stands for it. */
function request(
  state: State,
  turn: Turn,
  intent: "refresh" | "revoke",
  { attempt, base, failures }: Hold,
): State {
  const { ticket, record } = state;
  turn.effects.push(
    { type: "cancel-timer", name: "claim" },
    { type: "arm-timer", name: "request", delayMs: turn.policy.requestLimitMs },
  );
  return {
    ...state,
    work: {
      phase: "requesting",
      ticket,
      intent,
      epoch: record.epoch,
      attempt,
      base,
      startedAt: turn.at,
      failures,
      extension: intent === "refresh" ? state.extension : null,
    },
  };
}

/** `own`: the claim, if it was published before. */
export function sendRefresh(state: State, turn: Turn, own: Hold | null): State {
  const next = nextTicket(state);
  const hold = { ...newHold(next, turn), ...(own && { attempt: own.attempt, failures: own.failures }) };
  inspect(turn, { type: "refresh-sent", retry: hold.failures > 0 });
  turn.effects.push(
    { type: "write-hold", hold },
    {
      type: "send-refresh",
      ticket: next.ticket,
      epoch: next.record.epoch,
      attempt: hold.attempt,
      extension: next.extension,
    },
  );
  return request(next, turn, "refresh", hold);
}

export function sendRevocation(state: State, turn: Turn, scope: PendingRevocation): State {
  const next = nextTicket(state);
  inspect(turn, { type: "revocation-sent", scope });
  const hold = newHold(next, turn);
  // Tells the other tabs that the lock is held for a reason.
  turn.effects.push({ type: "write-hold", hold }, { type: "send-sign-out", ticket: next.ticket, scope });
  return request(next, turn, "revoke", hold);
}

/** By how much the hold of a login outlives its time-out: its own tab takes it back before another takes it for left behind. */
const signInMarginMs = 1_000;

/** The login runs without the lock: a callback may take its time, and must never be waited for inside it (L7). */
export function callSignIn(state: State, turn: Turn): State {
  const next = nextTicket(state);
  const { ticket, record } = next;
  const hold = newHold(next, turn);
  const replaced = turn.reading.hold;
  // It keeps the nonce of the refresh it takes the place of, should this tab die and somebody have to go on with that.
  turn.effects.push(
    {
      type: "write-hold",
      hold: {
        ...hold,
        kind: "sign-in",
        ttlMs: turn.policy.signInLimitMs + signInMarginMs,
        ...(replaced?.kind === "cooldown" && {
          code: replaced.code,
          pauseMs: remainingMs(replaced, turn.wall),
        }),
      },
    },
    { type: "cancel-timer", name: "claim" },
    { type: "release-lock" },
    { type: "call-sign-in", ticket },
    { type: "arm-timer", name: "request", delayMs: turn.policy.signInLimitMs },
  );
  const work = {
    phase: "calling",
    ticket,
    epoch: record.epoch,
    startedAt: turn.at,
    signedOut: null,
    heldSinceWall: hold.startedAtWall,
    replaced,
  } as const;
  return { ...next, signInWanted: false, work };
}
