import { lastingClaims } from "./access-token.js";
import { isDevelopmentUrl, type ServerConfig } from "./config.js";
import { cookieProfile, readRefreshCookie, type CookieProfile } from "./cookies.js";
import { detachJson, type JsonObject, type JsonValue } from "./json.js";
import { examine } from "./refreshing.js";
import type { RefreshToken } from "./refresh-token.js";
import { decideRotation, type Attempt } from "./rotation.js";
import type { ServerContext } from "./server-context.js";
import { toEndReason, type RecordedEndReason } from "./session-record.js";
import { readTombstone, type ClientEndReason } from "./tombstone.js";

/** What is needed of the request for a page: a `Request`, or only its headers where a framework gives no more. */
export interface PageRequest {
  readonly headers: Headers;
  readonly url?: string | undefined;
}

/** Who is signed in, in the shape of the client's `SessionSnapshot`. JSON, and never a token. */
export type PageSnapshot<User = JsonValue, Claims = JsonObject> =
  | { readonly status: "loading"; readonly problem: null }
  | {
      readonly status: "authenticated";
      readonly problem: null;
      readonly sessionId: string;
      readonly user: User;
      readonly claims: Claims;
      /** Seconds since the epoch. */
      readonly authTime: number;
      readonly acr: string | null;
      /** Seconds since the epoch. */
      readonly expiresAt: number;
      readonly warning: null;
    }
  | { readonly status: "unauthenticated"; readonly reason: ClientEndReason };

/** Nothing is certain: the client finds out. */
export const loadingSnapshot = Object.freeze({ status: "loading", problem: null });

/** A page is no refresh, so its request is never the repetition of one. */
const noAttempt: Attempt = { nonce: "", activityAgeSeconds: undefined };

/**
 * Reads who is signed in: what a refresh would come to, without making one.
 *
 * What only a refresh can judge is `loading`, not a guess: a token that was rotated away longer ago than grace is a lost
 * answer, or a theft, and the attempt that tells the two apart does not come with a page request.
 *
 * @throws RequestProblem when the store fails, or when the cookie is there twice
 */
export async function readSnapshot(context: ServerContext, request: PageRequest): Promise<PageSnapshot> {
  const { config } = context;
  const { profile, token } = readPresented(request, config);
  const reason = readTombstone(request.headers, profile, token);
  if (reason !== null) return { status: "unauthenticated", reason };
  if (token !== null) return judge(context, token);
  // `SameSite=Strict`: a browser that follows a link of another site keeps the cookies back.
  const withheld = config.sameSite === "Strict" && request.headers.get("sec-fetch-site") === "cross-site";
  return withheld ? loadingSnapshot : { status: "unauthenticated", reason: "no-session" };
}

async function judge(context: ServerContext, token: RefreshToken): Promise<PageSnapshot> {
  const record = await context.store.read(token.sessionId);
  const at = context.config.clock();
  const decision = decideRotation(record, await examine(token, record), noAttempt, at, context.config);
  // The first half repeats what the decision knows, for the compiler's sake.
  if (record === null || decision.kind === "unknown")
    return { status: "unauthenticated", reason: "no-session" };
  switch (decision.kind) {
    case "rotate":
    case "replay":
      return {
        status: "authenticated",
        problem: null,
        sessionId: record.id,
        user: detachJson(await context.loadUser(record)),
        claims: lastingClaims(record, context.config),
        authTime: Math.floor(record.authTime / 1000),
        acr: record.acr,
        expiresAt: Math.floor(record.absoluteExpiresAt / 1000),
        warning: null,
      };
    case "ended":
      return { status: "unauthenticated", reason: clientReason(decision.reason) };
    case "reuse":
      return loadingSnapshot;
  }
}

/** The client's word for an end that it did not cause. */
function clientReason(recorded: RecordedEndReason): ClientEndReason {
  const reason = toEndReason(recorded);
  return reason === "signed-out" ? "signed-out-elsewhere" : reason;
}

interface Presented {
  readonly profile: CookieProfile;
  readonly token: RefreshToken | null;
}

/** The refresh token of the request, and the names of the cookies that it came with. */
function readPresented({ headers, url }: PageRequest, config: ServerConfig): Presented {
  const [likely, ...others] = profilesOf(config.publicOrigin ?? url, config).map((profile): Presented => {
    const presented = readRefreshCookie(headers, profile);
    return { profile, token: presented.kind === "token" ? presented.token : null };
  });
  return others.find(({ token }) => token !== null && likely?.token === null) ?? (likely as Presented);
}

/** How the cookies may be named, the likely way first: only in development does that take a URL to tell. */
function profilesOf(url: string | undefined, config: ServerConfig): readonly CookieProfile[] {
  const production = cookieProfile(config.cookieName, config.sameSite, "production");
  if (!config.development) return [production];
  const development = cookieProfile(config.cookieName, config.sameSite, "development");
  if (url === undefined) return [development, production];
  return [isDevelopmentUrl(new URL(url), config) ? development : production];
}
