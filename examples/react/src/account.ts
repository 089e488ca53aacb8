/** What the user signs in with. */
import { json } from "./api.ts";
import { session } from "./session.ts";

/**
 * The answer is a new session in place of this one, so it is a sign-in. The token is asked for before it: meanwhile every
 * refresh waits.
 *
 * @throws SessionError `sign-in-failed` with the `response` if the server refuses
 */
export async function changePassword(current: string, password: string): Promise<void> {
  const request = new Request("/account/password", json("POST", { current, password }));
  request.headers.set("authorization", `Bearer ${await session.getAccessToken()}`);
  await session.signIn(() => fetch(request));
}
