import { RequestProblem } from "./request-problem.js";

/** The version of the wire protocol. A header that no form can send, so a cross-origin request needs a preflight. */
export const PROTOCOL_HEADER = "lockstep-protocol";
export const PROTOCOL_VERSION = "1";

/** What a request is measured against. */
export interface OriginRule {
  /** The origin of the endpoints, as browsers see it. */
  readonly ownOrigin: string;
  readonly allowedOrigins: ReadonlySet<string>;
}

const KNOWN_SITES: ReadonlySet<string> = new Set(["same-origin", "same-site", "cross-site", "none"]);

/**
 * Refuses a request that another site could have caused.
 *
 * `Sec-Fetch-Site` with an unknown value counts as absent. A sibling subdomain or another port is another origin. Without
 * `Origin` and without `Sec-Fetch-Site` nothing tells who sent the request, so it is refused.
 *
 * @throws RequestProblem `request_forgery`
 * @see W3C Fetch Metadata Request Headers
 */
export function assertOrigin(headers: Headers, rule: OriginRule): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const knownSite = site !== null && KNOWN_SITES.has(site) ? site : null;
  if (origin === null && knownSite === null) {
    throw forgery("The request carries neither Origin nor Sec-Fetch-Site.");
  }
  if (origin !== null && rule.allowedOrigins.has(origin)) return;
  if (origin !== null && origin !== rule.ownOrigin) {
    throw forgery(
      "The Origin is not allowed here. Behind a proxy set `publicOrigin`, for other sites `allowedOrigins`.",
    );
  }
  if (knownSite !== null && knownSite !== "same-origin") {
    throw forgery("Sec-Fetch-Site is not same-origin.");
  }
}

/**
 * Refuses a request without the protocol header, or with a body that a form could have sent.
 *
 * @throws RequestProblem `request_forgery`, `unsupported_media_type`
 */
export function assertProtocol(headers: Headers): void {
  if (headers.get(PROTOCOL_HEADER) !== PROTOCOL_VERSION) {
    throw forgery(`The header Lockstep-Protocol: ${PROTOCOL_VERSION} is missing.`);
  }
  const mediaType = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== undefined && mediaType !== "application/json") {
    throw new RequestProblem(
      "unsupported_media_type",
      "The content type must be application/json or absent.",
    );
  }
}

function forgery(description: string): RequestProblem {
  return new RequestProblem("request_forgery", description);
}
