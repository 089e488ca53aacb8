/** An API that wants a token: 200 with the user whose it is, or 401 as RFC 6750 §3 has it. */

/** @param userOf who an access token is about; `null` where it is good for nothing */
export function createFakeApi(userOf: (accessToken: string) => object | null): typeof globalThis.fetch {
  return async (input, init) => {
    const { headers } = new Request(input, init);
    const token = /^Bearer (.+)$/.exec(headers.get("Authorization") ?? "")?.[1];
    const user = token === undefined ? null : userOf(token);
    if (user !== null) return Response.json({ user });
    const challenge = token === undefined ? "Bearer" : 'Bearer error="invalid_token"';
    return new Response(null, { status: 401, headers: { "WWW-Authenticate": challenge } });
  };
}
