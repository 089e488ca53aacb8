/** Every secret that a server handed out in one test: what must be found nowhere (L5, scenario 36). */

/** A piece of a secret that is long enough to be nothing else. */
export interface SecretPiece {
  readonly kind: "access token" | "refresh token";
  readonly text: string;
}

export interface Secrets {
  readonly accessTokens: ReadonlySet<string>;
  readonly refreshTokens: ReadonlySet<string>;
  /** Notes what an answer hands out, and passes it on. */
  note(response: Response): Promise<Response>;
  /** The secrets and their telling parts: a signature alone betrays its token. */
  pieces(): readonly SecretPiece[];
}

export function createSecrets(): Secrets {
  const accessTokens = new Set<string>();
  const refreshTokens = new Set<string>();
  return {
    accessTokens,
    refreshTokens,
    async note(response) {
      const text = await response.clone().text();
      const token = /"access_token":"([^"]+)"/.exec(text)?.[1];
      if (token !== undefined) accessTokens.add(token);
      for (const cookie of response.headers.getSetCookie()) {
        const value = /^(?:__Host-)?lockstep=([^;]+);/.exec(cookie)?.[1];
        if (value !== undefined) refreshTokens.add(value);
      }
      return response;
    },
    pieces() {
      const pieces: SecretPiece[] = [];
      for (const token of accessTokens)
        for (const text of token.split(".").slice(1)) pieces.push({ kind: "access token", text });
      for (const token of refreshTokens) {
        const secret = token.split(".")[2];
        if (secret !== undefined) pieces.push({ kind: "refresh token", text: secret });
      }
      return pieces;
    },
  };
}
