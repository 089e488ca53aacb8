/** Signing out the user's other sessions: nothing changes here, so that the machine need not know. */
import type { SignOutOutcome } from "../machine/outcome.js";
import type { State } from "../machine/state.js";
import type { SignOutResult } from "./calls.js";
import { failureError } from "./failure-error.js";
import type { TransportPort } from "./ports.js";
import { assertLive, waitLimitMs } from "./tokens.js";
import type { WaitingRoom } from "./waiters.js";

export interface SignOutOthersOptions {
  readonly state: () => State;
  readonly room: WaitingRoom;
  readonly transport: TransportPort;
}

export async function signOutOthers({
  state,
  room,
  transport,
}: SignOutOthersOptions): Promise<SignOutResult> {
  let answer: SignOutOutcome | undefined;
  void transport.signOut("others").then((outcome) => {
    answer = outcome;
    room.tryAll();
  });
  const look = (): SignOutOutcome | undefined => {
    assertLive(state());
    return answer;
  };
  const outcome = await room.wait(look, { limitMs: waitLimitMs, signal: null });
  if (outcome.kind === "failed") throw failureError(outcome.failure);
  return { revoked: true };
}
