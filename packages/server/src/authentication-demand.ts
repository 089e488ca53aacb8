import type { AccessTokenContent } from "./access-token.js";
import { ServerConfigError } from "./config-error.js";

/** How recently, and how, the user must have proved who they are. Every part that is given has to be met. */
export interface AuthenticationDemand {
  /** Whole seconds since the user last proved who they are, 0 or more; without it any time ago will do. */
  readonly maxAge?: number | undefined;
  /** Authentication context classes that will do, the preferred one first; without it any will. */
  readonly acr?: string | readonly string[] | undefined;
}

/** A demand after validation. */
export interface Demand {
  readonly maxAge: number | null;
  readonly acrValues: readonly string[];
}

/** Printable ASCII without what would end a quoted string, or separate one value from the next. */
const ACR_FORM = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/**
 * Validates a demand.
 *
 * @throws ServerConfigError `invalid_argument`: a demand that is misspelt must not pass for one that is met
 */
export function readDemand({ maxAge, acr }: AuthenticationDemand): Demand {
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0))
    throw invalid("maxAge", "must be whole seconds, 0 or more");
  const acrValues = acr === undefined ? [] : typeof acr === "string" ? [acr] : acr;
  const isList =
    Array.isArray(acrValues) && acrValues.every((value) => typeof value === "string" && ACR_FORM.test(value));
  if (!isList || (acr !== undefined && acrValues.length === 0))
    throw invalid("acr", "must be one or more names without spaces, quotes and backslashes");
  return { maxAge: maxAge ?? null, acrValues };
}

/**
 * Whether an access token meets a demand. `auth_time` is rounded down to the second, so that nobody passes for younger.
 *
 * @param at milliseconds since the epoch
 */
export function isMet(
  { maxAge, acrValues }: Demand,
  { acr, authTime }: Pick<AccessTokenContent, "acr" | "authTime">,
  at: number,
): boolean {
  if (maxAge !== null && at / 1000 - authTime > maxAge) return false;
  return acrValues.length === 0 || (acr !== null && acrValues.includes(acr));
}

/**
 * Returns the `WWW-Authenticate` value that asks for a better authentication.
 *
 * @see RFC 9470 section 3
 */
export function demandChallenge(audience: string, { maxAge, acrValues }: Demand): string {
  return [
    'Bearer error="insufficient_user_authentication"',
    `error_description="${demandDescription}"`,
    ...(acrValues.length > 0 ? [`acr_values="${acrValues.join(" ")}"`] : []),
    ...(maxAge === null ? [] : [`max_age="${maxAge}"`]),
    `realm="${audience}"`,
  ].join(", ");
}

export const demandDescription = "A more recent or a stronger authentication is needed";

function invalid(argument: string, fault: string): ServerConfigError {
  return new ServerConfigError("invalid_argument", argument, fault, "correct the call of verify()");
}
