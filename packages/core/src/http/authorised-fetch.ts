/**
 * `session.fetch`: attaches the token where it may go, recognises a refusal of the token, gets a newer one through the
 * session's single flight, and replays once. The exact signature of `fetch`.
 */
import { bareOptions } from "../bare-options.js";
import { SessionError } from "../errors.js";
import type { Grant } from "../machine/state.js";
import type { Demand } from "../step-up.js";
import { parseChallenges, readDemand } from "./challenge.js";

/** What authorised requests need of the session. */
export interface TokenSource {
  /** The token to send; `null` while nobody is signed in. Rejects while none can be had. */
  token(signal: AbortSignal): Promise<Grant | null>;
  /** Any other token than `refused`: the one that took its place meanwhile will do. Rejects if none can be had. */
  refresh(signal: AbortSignal, refused: Grant): Promise<Grant>;
  /** How old a token is, in milliseconds. */
  ageMs(grant: Grant): number;
  /** Whether the user who sent a request is still the one signed in, or nobody is. Waits until that is known. */
  isSameUser(sent: Grant): Promise<boolean>;
  /**
   * A token that meets what `sent` did not. Rejects if the user will not or cannot. Left out where nobody is there to ask.
   */
  readonly stepUp?: (demand: Demand, sent: Grant, signal: AbortSignal) => Promise<Grant>;
  /** Whether two tokens are one user's. */
  isOneUser(a: Grant, b: Grant): boolean;
}

export interface AuthorisedFetchOptions {
  readonly source: TokenSource;
  readonly fetch: typeof globalThis.fetch;
  /** Whether the token may go there: an exact match of scheme, host and port (L8). */
  readonly isAudience: (url: URL) => boolean;
  readonly replayUnsafe: boolean;
}

/** A token this young that is refused is not cured by another: at most one refresh per window (scenario 11). */
const refusalWindowMs = 10_000;

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** The header of a 401 that is about our token; `undefined` of any other answer, `null` where it cannot be read. */
function challengeOf(response: Response, { isAudience }: AuthorisedFetchOptions): string | null | undefined {
  if (response.status !== 401) return undefined;
  // Along a redirect the token was stripped: the 401 of another origin says nothing about it.
  if (response.redirected && !isAudience(new URL(response.url))) return undefined;
  return response.headers.get("www-authenticate");
}

/** Whether a refused token is what this 401 is about. */
function isTokenRefused(response: Response, options: AuthorisedFetchOptions): boolean {
  const header = challengeOf(response, options);
  if (header === undefined) return false;
  // A cross-origin answer may not expose it.
  if (header === null) return true;
  return parseChallenges(header).some(({ scheme, parameters }) => {
    const error = parameters.get("error");
    return scheme === "bearer" && (error === undefined || error === "invalid_token");
  });
}

/** Whether the body can be sent a second time. A stream is consumed by the first. */
function isReplayable(init: RequestInit | undefined): boolean {
  return !(typeof ReadableStream !== "undefined" && init?.body instanceof ReadableStream);
}

/**
 * How to make the request a second time: from a copy of the first. Only a body that the caller handed over by itself is
 * read again where it is: a copy would keep all of an upload in memory.
 */
function remaker(request: Request, input: RequestInfo | URL, init: RequestInit | undefined): () => Request {
  if ((init?.body ?? null) === null) {
    const copy = request.clone();
    return () => copy.clone();
  }
  const source = input instanceof Request ? input : request.url;
  // What the caller does to its options meanwhile is for its next request.
  const kept = bareOptions({ ...init });
  if (init?.headers !== undefined) kept.headers = new Headers(init.headers);
  return () => new Request(source, kept);
}

/** On the request itself: building another from it would lose what the caller said of the referrer. */
function withToken(request: Request, { token }: Grant): Request {
  request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

function userChanged(): SessionError {
  return new SessionError("user-changed", "Another user signed in while this request was under way.");
}

/** Lets a body go that nobody will read. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

export function createAuthorisedFetch(options: AuthorisedFetchOptions): typeof globalThis.fetch {
  const { source, isAudience, replayUnsafe } = options;
  const send = options.fetch;

  /** The origin is taken from the request as it will be sent, whatever the caller's object pretends. */
  function mayCarryToken(request: Request): boolean {
    return (
      isAudience(new URL(request.url)) &&
      // One token transport per request, and the caller's own comes first.
      !request.headers.has("authorization") &&
      request.mode !== "no-cors"
    );
  }

  function mayReplay(request: Request, init: RequestInit | undefined): boolean {
    return isReplayable(init) && (replayUnsafe || safeMethods.has(request.method));
  }

  async function assertSameUser(sent: Grant, response: Response): Promise<void> {
    if (await source.isSameUser(sent)) return;
    discard(response);
    throw userChanged();
  }

  async function tokenForReplay(sent: Grant, signal: AbortSignal): Promise<Grant | null> {
    const current = await source.token(signal);
    if (current === null || current.token !== sent.token) return current;
    const isYoung = source.ageMs(current) < Math.min(refusalWindowMs, current.lifetimeMs / 2);
    return isYoung ? null : source.refresh(signal, current);
  }

  return async function fetch(input, init) {
    const request = new Request(input, init);
    if (!mayCarryToken(request)) return send(request);
    const remake = mayReplay(request, init) ? remaker(request, input, init) : null;
    const { signal } = request;
    const held = await source.token(signal);
    if (held === null) return send(request);

    const first = await send(withToken(request, held));
    await assertSameUser(held, first);
    if (remake === null) return first;

    const replay = async (answered: Response, sent: Grant, newer: Grant): Promise<Response> => {
      discard(answered);
      // Never the one user's request with the other's token (scenario 25).
      if (!source.isOneUser(sent, newer)) throw userChanged();
      const replayed = await send(withToken(remake(), newer));
      await assertSameUser(sent, replayed);
      return replayed;
    };

    let used = held;
    let response = first;
    if (isTokenRefused(first, options)) {
      // The answer to the first try is the answer to the request, if no better one can be had.
      const newer = await tokenForReplay(held, signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
        return null;
      });
      if (newer === null) return first;
      response = await replay(first, held, newer);
      used = newer;
    }

    // Once: whoever is asked for more after the user has stepped up gets that answer.
    const demand = source.stepUp && readDemand(challengeOf(response, options) ?? null);
    if (!demand) return response;
    const better = await source.stepUp(demand, used, signal).catch((error: unknown) => {
      discard(response);
      throw error;
    });
    return replay(response, used, better);
  };
}
