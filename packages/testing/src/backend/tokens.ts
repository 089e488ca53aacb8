/** The tokens of the authority: text that says what it is, so that a story can be read. */

/** A refresh token of this authority names its session and generation; that it is genuine shows by its being known. */
export interface PresentedToken {
  readonly sessionId: string;
  readonly generation: number;
  readonly text: string;
}

export function parseRefreshToken(text: string): PresentedToken | null {
  const [kind, sessionId, generation] = text.split(".");
  return kind === "refresh" && sessionId !== undefined && generation !== undefined
    ? { sessionId, generation: Number(generation), text }
    : null;
}

/** What an access token is about. */
export interface AccessTokenFacts {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: number;
  /** What the user proved for it. */
  readonly acr: string | null;
}

/** What shows who asks for an event stream. */
export type Credentials = { readonly cookie: string | null } | { readonly token: string };

/** What is known of the access tokens that were handed out. */
export interface TokenBook {
  note(accessToken: string, facts: AccessTokenFacts): void;
  read(accessToken: string): AccessTokenFacts | null;
  /** Whose stream a refresh cookie, of whatever generation, or an access token asks for; `null`: nobody's. */
  listenerOf(presented: Credentials, at: number): string | null;
}

/** Access tokens are remembered past their expiry, so that a late one is recognised; beyond this many, the oldest go. */
const rememberedTokens = 20_000;

export function createTokenBook(): TokenBook {
  const tokens = new Map<string, AccessTokenFacts>();
  return {
    note(accessToken, facts) {
      tokens.set(accessToken, facts);
      const [oldest] = tokens.keys();
      if (tokens.size > rememberedTokens && oldest !== undefined) tokens.delete(oldest);
    },
    read: (accessToken) => tokens.get(accessToken) ?? null,
    listenerOf(presented, at) {
      if ("cookie" in presented)
        return presented.cookie === null ? null : (parseRefreshToken(presented.cookie)?.sessionId ?? null);
      const facts = tokens.get(presented.token);
      return facts === undefined || facts.expiresAt <= at ? null : facts.sessionId;
    },
  };
}
