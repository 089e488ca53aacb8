import type { AccessTokenContent } from "./access-token.js";
import { demandChallenge, demandDescription, isMet, type Demand } from "./authentication-demand.js";
import { jsonResponse } from "./responses.js";
import type { ServerContext } from "./server-context.js";
import { endOf } from "./session-record.js";

/** What {@link readBearer} found in the `Authorization` header. */
export type BearerCheck =
  | { readonly kind: "valid"; readonly content: AccessTokenContent }
  /** No bearer credentials at all: the challenge must not name an error (RFC 6750 section 3.1). */
  | { readonly kind: "absent" }
  | { readonly kind: "invalid"; readonly description: string }
  /** A valid token of somebody who has to prove again who they are. */
  | { readonly kind: "insufficient"; readonly demand: Demand };

const noDemand: Demand = { maxAge: null, acrValues: [] };

/**
 * Checks the access token of a request.
 *
 * @param checkRevocation asks the store too, so that a revoked session is refused at once instead of when its last access
 *   token runs out
 * @throws RequestProblem `temporarily_unavailable` when the store cannot be asked
 * @see RFC 6750 section 2.1: the header is the only place looked at; a token in a body or a URL is not
 */
export async function readBearer(
  context: ServerContext,
  headers: Headers,
  checkRevocation: boolean,
  demand = noDemand,
): Promise<BearerCheck> {
  const credentials = /^bearer +(.*)$/i.exec(headers.get("authorization") ?? "");
  if (credentials === null) return { kind: "absent" };
  const at = context.config.clock();
  const content = await context.accessTokens.verify(credentials[1] ?? "", at);
  if (content === null) return { kind: "invalid", description: "The access token is invalid or expired" };
  if (checkRevocation && !(await isLive(context, content, at))) {
    return { kind: "invalid", description: "The session has ended" };
  }
  return isMet(demand, content, at) ? { kind: "valid", content } : { kind: "insufficient", demand };
}

async function isLive(context: ServerContext, content: AccessTokenContent, at: number): Promise<boolean> {
  const record = await context.store.read(content.sessionId);
  return record !== null && record.userId === content.userId && endOf(record, at) === null;
}

/**
 * Returns the 401 of a request that `readBearer` did not find valid.
 *
 * @see RFC 6750 section 3; RFC 9470 section 3
 */
export function bearerRefusal(audience: string, check: Exclude<BearerCheck, { kind: "valid" }>): Response {
  switch (check.kind) {
    case "absent":
      return refusal("invalid_token", "An access token is needed", `Bearer realm="${audience}"`);
    case "invalid": {
      const { description } = check;
      const challenge = `Bearer error="invalid_token", error_description="${description}", realm="${audience}"`;
      return refusal("invalid_token", description, challenge);
    }
    case "insufficient":
      return refusal(
        "insufficient_user_authentication",
        demandDescription,
        demandChallenge(audience, check.demand),
      );
  }
}

function refusal(error: string, description: string, challenge: string): Response {
  return jsonResponse(
    401,
    { error, error_description: `${description}.` },
    { "www-authenticate": challenge },
  );
}
