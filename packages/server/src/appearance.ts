import { RESERVED_CLAIMS } from "./access-token.js";
import { ServerConfigError } from "./config-error.js";
import { detachJson, isJsonObject, type JsonObject, type JsonValue } from "./json.js";

/** What grants tell of a user. */
export interface Appearance {
  /** What the client shows of the user: JSON, readable by every script of the page. */
  readonly user?: JsonValue | undefined;
  /** Custom claims of the access tokens; the registered names are refused. */
  readonly claims?: JsonObject | undefined;
}

/**
 * Validates and detaches what grants shall tell of a user; what is left out is not in the result.
 *
 * @throws ServerConfigError `invalid_argument`
 */
export function readAppearance({ user, claims }: Appearance): { user?: JsonValue; claims?: JsonObject } {
  if (claims !== undefined && !isJsonObject(claims)) throw invalid("claims", "must be an object");
  const reserved = Object.keys(claims ?? {}).find((name) => RESERVED_CLAIMS.has(name));
  if (reserved !== undefined) throw invalid(`claims.${reserved}`, "is set by the server");
  try {
    return {
      ...(user === undefined ? {} : { user: detachJson(user) }),
      ...(claims === undefined ? {} : { claims: detachJson(claims) as JsonObject }),
    };
  } catch {
    throw invalid("user", "and `claims` must be JSON");
  }
}

function invalid(argument: string, fault: string): ServerConfigError {
  return new ServerConfigError("invalid_argument", argument, fault, "correct what you gave");
}
