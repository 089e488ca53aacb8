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

/** What is known of the access tokens that were handed out. */
export interface TokenBook {
  note(accessToken: string, facts: AccessTokenFacts): void;
  read(accessToken: string): AccessTokenFacts | null;
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
  };
}
