/** Sending: the claim is published in the same turn, before the request goes out (L2). */
import type { Mark } from "./register.js";
import type { Intent, State } from "./state.js";
import { inspect, nextTicket, type Turn } from "./turn.js";

/** The mark that a refresh is based on: the version cookie, or what this tab knows where that cannot be read. */
function baseOf(state: State, { reading }: Turn): Mark | null {
  if (reading.mark !== "unreadable") return reading.mark;
  const { grant } = state;
  return grant && { sessionId: grant.identity.sessionId, revision: grant.revision };
}

function isSameBase(a: Mark | null, b: Mark | null): boolean {
  return a?.sessionId === b?.sessionId && a?.revision === b?.revision;
}

/** Everything was looked at: act. */
export function send(state: State, turn: Turn, intent: Intent): State {
  const next = nextTicket(state);
  const { ticket, record } = next;
  const { epoch } = record;
  const { policy, reading, wall } = turn;
  turn.effects.push({ type: "cancel-timer", name: "claim" });
  const base = baseOf(state, turn);
  const last = reading.hold;
  // The same logical refresh keeps its nonce, in whichever tab it is tried again.
  const again = last !== null && last.kind !== "sign-in" && (reading.mark === "unreadable" || isSameBase(last.base, base));
  const attempt = again ? last.attempt : `${state.tabId}-${ticket}`;
  const failures = again ? last.failures : 0;
  const hold = { attempt, base, startedAtWall: wall, failures, code: null } as const;
  switch (intent) {
    case "sign-in":
      turn.effects.push(
        { type: "write-hold", hold: { ...hold, kind: "sign-in", ttlMs: policy.claimMs } },
        { type: "release-lock" },
        { type: "call-sign-in", ticket },
        { type: "arm-timer", name: "request", delayMs: policy.signInLimitMs },
      );
      return { ...next, signInWanted: false, work: { phase: "calling", ticket, epoch, startedAt: turn.at, signedOut: false } };
    case "revoke": {
      const scope = record.status === "out" && record.pending !== null ? record.pending : "this";
      inspect(turn, { type: "revocation-sent", scope });
      turn.effects.push({ type: "send-sign-out", ticket, scope });
      break;
    }
    case "refresh":
      inspect(turn, { type: "refresh-sent", retry: again });
      turn.effects.push(
        { type: "write-hold", hold: { ...hold, kind: "claim", ttlMs: policy.claimMs } },
        { type: "send-refresh", ticket, epoch, attempt },
      );
  }
  turn.effects.push({ type: "arm-timer", name: "request", delayMs: policy.requestLimitMs });
  return {
    ...next,
    work: { phase: "requesting", ticket, intent, epoch, attempt, base, startedAt: turn.at, failures },
  };
}
