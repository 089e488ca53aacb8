/** Checks what a user sends to prove again who they are: a password, a code, or a passkey, whichever the dialog asked for. */
import type { Proof, SteppingUp } from "@lockstep/server";
import type { Accounts } from "./accounts.ts";
import { readMembers } from "./json-body.ts";
import type { OneTimeCodes } from "./one-time-codes.ts";
import type { Passkeys } from "./passkeys.ts";

export interface Credentials {
  readonly accounts: Accounts;
  readonly codes: OneTimeCodes;
  readonly passkeys: Passkeys;
}

/** The `stepUp` option of the session server. Yours limits how often it may be tried, as it does for the login. */
export function createStepUpCheck({ accounts, codes, passkeys }: Credentials) {
  return async (request: Request, { userId, sessionId }: SteppingUp): Promise<Proof | null> => {
    const { password, code, passkey } = await readMembers(request);
    // RFC 8176: the names of authentication methods.
    if (password !== undefined) return accounts.isPassword(userId, password) ? { amr: ["pwd"] } : null;
    if (code !== undefined) return codes.redeem(userId, code) ? { amr: ["otp"] } : null;
    const { origin } = new URL(request.url);
    const isVerified = await passkeys.verify({ userId, sessionId, origin }, passkey);
    return isVerified ? { amr: ["hwk", "user"] } : null;
  };
}
