/** A session as authorised requests see it, in the hands of a test. */
import type { TokenSource } from "../../src/http/authorised-fetch.js";
import { createAuthorisedFetch } from "../../src/http/authorised-fetch.js";
import type { Grant } from "../../src/machine/state.js";

export function grantOf(token: string, subject = "ada"): Grant {
  const identity = {
    sessionId: "s1",
    subject,
    user: { id: subject },
    claims: null,
    authTime: null,
    acr: null,
    expiresAt: null,
  };
  return { token, epoch: 1, revision: 1, startedAt: 0, lifetimeMs: 300_000, dueAt: 240_000, identity };
}

/** What a test may change while requests are under way. */
export interface FakeTokenSource extends TokenSource {
  current: Grant | null;
  user: string;
  /** How old the current token is. */
  age: number;
  /** What goes wrong with getting a token. */
  trouble: unknown;
  refreshes: number;
}

export function createFakeTokenSource(): FakeTokenSource {
  const source: FakeTokenSource = {
    current: grantOf("token-1"),
    user: "ada",
    age: 60_000,
    trouble: null,
    refreshes: 0,
    async token(signal) {
      signal.throwIfAborted();
      if (source.trouble !== null) throw source.trouble as Error;
      return source.current;
    },
    async refresh(signal) {
      signal.throwIfAborted();
      source.refreshes += 1;
      if (source.trouble !== null) throw source.trouble as Error;
      source.current = grantOf(`token-${source.refreshes + 1}`, source.user);
      return source.current;
    },
    ageMs: () => source.age,
    isSameUser: async ({ identity }) => identity.subject === source.user,
    isOneUser: (a, b) => a.identity.subject === b.identity.subject,
  };
  return source;
}

export interface Sent {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | null;
  readonly headers: Headers;
  readonly body: string;
  readonly request: Request;
}

export type Respond = (sent: Sent, index: number) => Response | Promise<Response>;

const origins: ReadonlySet<string> = new Set(["https://app.example", "https://api.example.com"]);

export interface Harness {
  readonly fetch: typeof globalThis.fetch;
  readonly source: FakeTokenSource;
  readonly sent: Sent[];
}

/** `fetch` with a token, before a server that `respond` plays. */
export function openFetch(
  respond: Respond = () => new Response("ok"),
  options: { readonly replayUnsafe?: boolean } = {},
): Harness {
  const source = createFakeTokenSource();
  const sent: Sent[] = [];
  const send: typeof globalThis.fetch = async (input, init) => {
    // As it is: building another from it would lose what it says of the referrer.
    const request = input instanceof Request && init === undefined ? input : new Request(input, init);
    request.signal.throwIfAborted();
    const { url, method, headers } = request;
    const body = await request.clone().text();
    const entry = { url, method, headers, body, request, authorization: headers.get("authorization") };
    sent.push(entry);
    return respond(entry, sent.length - 1);
  };
  const fetch = createAuthorisedFetch({
    source,
    fetch: send,
    isAudience: ({ protocol, origin }) => protocol.startsWith("http") && origins.has(origin),
    replayUnsafe: options.replayUnsafe ?? true,
  });
  return { fetch, source, sent };
}

/** A refusal of the token, as an API would answer it. */
export function refusal(challenge: string | null = 'Bearer error="invalid_token"', status = 401): Response {
  return new Response("refused", {
    status,
    headers: challenge === null ? {} : { "WWW-Authenticate": challenge },
  });
}

/** A server that takes only the tokens in `good`. */
export function accepting(...good: readonly string[]): Respond {
  return ({ authorization, body }) =>
    good.includes(authorization?.replace("Bearer ", "") ?? "") ? new Response(`ok ${body}`) : refusal();
}
