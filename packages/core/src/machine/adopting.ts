/** Taking a token over: from the answer to our own request, or from a sibling. */
import { isSameUser, type FreshToken, type Identity } from "./outcome.js";
import { usableGrant } from "./demand.js";
import type { ReceivedMessage } from "./event.js";
import { onNone } from "./asking.js";
import { isOfTry, settled, type Try } from "./register.js";
import { noteLifetime } from "./idling.js";
import { dueAt, isFresh } from "./schedule.js";
import type { Grant, State, Who } from "./state.js";
import { broadcastChange, inspect, isBeforeRefresh, publishPresence, rest, type Turn } from "./turn.js";
import { compareEpochs, nextEpoch } from "./version.js";
import { maxTokenLength } from "./wire.js";

/** The identity as subscribers see it: the former object where nothing in it changed, so that nothing renders (L10). */
function authenticatedAs(who: Who, identity: Identity, turn: Turn): Who {
  if (who.status !== "authenticated") {
    inspect(turn, { type: "signed-in" });
    return { status: "authenticated", identity };
  }
  if (!isSameUser(who.identity, identity)) inspect(turn, { type: "user-changed" });
  return JSON.stringify(who.identity) === JSON.stringify(identity)
    ? who
    : { status: "authenticated", identity };
}

/** Holds the token from now on. */
function hold(state: State, turn: Turn, grant: Grant): State {
  const next: State = {
    ...state,
    grant,
    who: authenticatedAs(state.who, grant.identity, turn),
    doubted: false,
    // A token that arrives too old to be handed out serves nobody: who waits goes on waiting, and it is due at once.
    wanted: isFresh(grant, turn.policy, turn.at) || state.wanted === "nothing" ? "nothing" : "token",
    problem: null,
  };
  publishPresence(next, turn);
  return next;
}

function grantOf(state: State, turn: Turn, fresh: FreshToken, startedAt: number): Grant {
  const { token, revision, lifetimeMs, identity } = fresh;
  const { epoch } = state.record;
  return {
    token,
    epoch,
    revision,
    startedAt,
    lifetimeMs,
    identity,
    dueAt: dueAt({ startedAt, lifetimeMs }, turn.policy, turn),
  };
}

/** Tells the siblings: with the token where it may be shared, else that there is something to look at. */
function shareGrant(grant: Grant, turn: Turn): void {
  if (!turn.policy.shareToken || grant.token.length > maxTokenLength) {
    broadcastChange(turn, grant);
    return;
  }
  const { token, epoch, revision, startedAt, lifetimeMs, identity } = grant;
  const { sessionId, user, authTime, acr, expiresAt } = identity;
  turn.effects.push({
    type: "broadcast",
    body: {
      kind: "token",
      epoch,
      sessionId,
      revision,
      token,
      lifetimeMs,
      ageMs: Math.max(0, turn.at - startedAt),
      sentAtWall: turn.wall,
      user,
      authTime,
      acr,
      expiresAt,
    },
  });
}

/** The answer to this tab's own request. `claim`: what was published for it. */
export function commit(
  state: State,
  turn: Turn,
  fresh: FreshToken,
  request: { readonly startedAt: number; readonly claim: Try | null },
): State {
  const { reading, at } = turn;
  const { sessionId } = fresh.identity;
  let next = state;
  if (state.record.status === "out" || state.record.sessionId !== sessionId) {
    // Filling in a session id that no cookie could tell us is no new epoch.
    const isNaming = state.record.status === "in" && state.record.sessionId === null;
    const epoch = isNaming ? state.record.epoch : nextEpoch(state.record.epoch);
    next = { ...state, record: { epoch, status: "in", sessionId } };
    turn.effects.push({ type: "write-record", record: next.record });
  }
  const grant = grantOf(next, turn, fresh, request.startedAt);
  next = hold(next, turn, grant);
  // A tab that stole the lock from us may have published its own: that one stands.
  if (request.claim !== null && isOfTry(reading.hold, request.claim))
    turn.effects.push({ type: "write-hold", hold: settled(reading.hold) });
  next = noteLifetime(next, turn, fresh, request.startedAt);
  inspect(turn, {
    type: "refreshed",
    revision: fresh.revision,
    lifetimeMs: fresh.lifetimeMs,
    tookMs: at - request.startedAt,
  });
  shareGrant(grant, turn);
  return rest(next, turn);
}

/**
 * Whether a token that this tab did not just ask for may be taken: it belongs to the session that the register names,
 * is newer than what we hold, and no newer than the version cookie says there is (L3, R-051, attack C2).
 */
function isFit(state: State, turn: Turn, grant: Grant): boolean {
  const { record, who } = state;
  const { mark } = turn.reading;
  if (record.status === "out" || grant.epoch !== record.epoch) return false;
  if (record.sessionId !== null && record.sessionId !== grant.identity.sessionId) return false;
  if (mark !== null && mark !== "unreadable" && grant.revision > mark.revision) return false;
  if (state.grant !== null && !state.doubted && grant.revision <= state.grant.revision) return false;
  if (
    who.status === "authenticated" &&
    who.identity.sessionId === grant.identity.sessionId &&
    !isSameUser(who.identity, grant.identity)
  )
    return false;
  return isFresh(grant, turn.policy, turn.at);
}

/** Takes a token that arrived out of turn, if it fits; `null` if it does not. */
export function adopt(
  state: State,
  turn: Turn,
  epoch: number,
  fresh: FreshToken,
  startedAt: number,
): State | null {
  const grant = { ...grantOf(state, turn, fresh, startedAt), epoch };
  if (!isFit(state, turn, grant)) return null;
  const idle = isBeforeRefresh(state.work) || state.work.phase === "cooling" ? rest(state, turn) : state;
  return noteLifetime(hold(idle, turn, grant), turn, fresh, startedAt);
}

/** The word of a newer epoch is enough to hand nothing out any more; only the register, or the server, is enough to act on. */
function hearOf(state: State, turn: Turn, epoch: number): State {
  if (compareEpochs(epoch, (state.rumour ?? state.record).epoch) <= 0) return state;
  turn.effects.push({ type: "arm-timer", name: "rumour", delayMs: turn.policy.claimPollMs });
  // A flood of rumours lasts no longer than one.
  return { ...state, rumour: { epoch, until: state.rumour?.until ?? turn.at + turn.policy.rumourLimitMs } };
}

/** Looks again. */
export function onRumourTimer(state: State, turn: Turn): State {
  if (state.rumour !== null)
    turn.effects.push({ type: "arm-timer", name: "rumour", delayMs: turn.policy.claimPollMs });
  return state;
}

/** What a message makes of us, after the register was re-read for it. */
export function onMessage(state: State, turn: Turn, message: ReceivedMessage): State {
  switch (message.kind) {
    case "changed":
      return hearOf(state, turn, message.epoch);
    case "none":
      return message.to === state.tabId ? onNone(state, turn, message.from) : state;
    case "ask": {
      if (message.to !== null && !message.to.includes(state.tabId)) return state;
      const grant = turn.policy.shareToken ? usableGrant(state, turn.policy, turn.at) : null;
      if (grant !== null) shareGrant(grant, turn);
      else turn.effects.push({ type: "broadcast", body: { kind: "none", to: message.from } });
      return state;
    }
    case "token": {
      const { token, epoch, revision, lifetimeMs, identity } = message;
      const ageMs = message.ageMs + Math.max(0, turn.wall - message.sentAtWall);
      // One from the future was sent before the clock was set back: how old it is cannot be told (L6).
      const isDatable = message.sentAtWall - turn.wall < 1_000;
      const adopted =
        turn.policy.shareToken && isDatable
          ? adopt(state, turn, epoch, { token, revision, lifetimeMs, identity }, turn.at - ageMs)
          : null;
      if (adopted !== null) {
        inspect(turn, { type: "adopted", from: message.from, revision, lifetimeMs, ageMs });
        return adopted;
      }
      if (compareEpochs(epoch, state.record.epoch) > 0) return hearOf(state, turn, epoch);
      // A token as new as ours comes with every answer to a third tab's question.
      if (state.grant === null || revision > state.grant.revision)
        inspect(turn, { type: "message-ignored", why: "unfit" });
      return state;
    }
  }
}
