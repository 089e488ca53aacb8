/** Requests to the server. */
import { session } from "./session.ts";

/** `session.fetch` is `fetch` with the access token. @throws if the answer is an error. */
export async function send(path: string, init?: RequestInit): Promise<Response> {
  const response = await session.fetch(path, init);
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  return response;
}

/** A request with a JSON body. */
export const json = (method: string, body: unknown): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});
