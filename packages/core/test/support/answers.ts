/** Answers of a session endpoint, as a browser would see them. */

/** A body as version 1 of the wire protocol has it. */
export const grantBody = {
  access_token: "secret-token",
  token_type: "Bearer",
  expires_in: 300,
  session: {
    id: "s1",
    version: 4,
    auth_time: 1_700_000_000,
    acr: "urn:acr:1",
    idle_expires_in: 1_800,
    idle_timeout: 3_600,
    expires_at: 1_700_086_400,
    expires_in: 86_400,
  },
  user: { id: "ada", name: "Ada" },
};

export function jsonResponse(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

export function textResponse(
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, { status, headers: { "Content-Type": "text/html", ...headers } });
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** A JWT with these claims; nobody here checks its signature. */
export function jwtOf(claims: object): string {
  return `${encode({ alg: "EdDSA", typ: "at+jwt" })}.${encode(claims)}.c2lnbmF0dXJl`;
}
