/** What can be read in an access token: for display and for a missing lifetime, never for a decision. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { jwtDecode } from "jwt-decode";
import { SessionError } from "../errors.js";
import type { Identity } from "../machine/outcome.js";

/** Who a token is about; `null` where its claims are not what the application said they are. */
export type ReadIdentity = (token: string, known: Omit<Identity, "subject" | "claims">) => Identity | null;

/** The lifetime that a token claims for itself, in milliseconds. */
export type ReadLifetime = (token: string) => number;

/** Without any word of the server: short, since the server's 401 is the authority in any case. */
const assumedLifetimeMs = 5 * 60 * 1_000;

/** These change with every refresh: a subscriber that saw them would be told of each. */
const volatileClaims: ReadonlySet<string> = new Set(["exp", "iat", "nbf", "jti"]);

type Claims = Readonly<Record<string, unknown>>;

function decode(token: string): Claims | null {
  try {
    const claims: unknown = jwtDecode(token);
    return typeof claims === "object" && claims !== null ? (claims as Claims) : null;
  } catch {
    // Opaque: works as well, and has nothing to show.
    return null;
  }
}

export function readLifetimeMs(token: string): number {
  const { exp, iat } = decode(token) ?? {};
  const lifetimeMs =
    typeof exp === "number" && typeof iat === "number" ? (exp - iat) * 1_000 : assumedLifetimeMs;
  return Number.isFinite(lifetimeMs) ? lifetimeMs : assumedLifetimeMs;
}

function subjectOf(claims: Claims | null, user: unknown): string | null {
  const id = typeof user === "object" && user !== null ? (user as { readonly id?: unknown }).id : undefined;
  const subject = claims?.["sub"] ?? id;
  return typeof subject === "string" || typeof subject === "number" ? String(subject) : null;
}

/** What the validator makes of the claims; `undefined` where it refuses them. */
function validate(schema: StandardSchemaV1, claims: unknown): { readonly value: unknown } | undefined {
  const result = schema["~standard"].validate(claims);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new SessionError(
      "invalid-option",
      "`claims` must validate synchronously: use a schema without async checks.",
    );
  }
  return result.issues === undefined ? { value: result.value } : undefined;
}

/** @param report Gets what the application's validator threw; its claims are refused then. */
export function createIdentityReader(
  schema: StandardSchemaV1 | undefined,
  report: (error: unknown) => void = () => undefined,
): ReadIdentity {
  return (token, known) => {
    const all = decode(token);
    const stable =
      all && Object.fromEntries(Object.entries(all).filter(([name]) => !volatileClaims.has(name)));
    try {
      const validated = schema === undefined ? { value: stable } : validate(schema, stable ?? {});
      return validated === undefined
        ? null
        : { ...known, subject: subjectOf(all, known.user), claims: validated.value };
    } catch (error) {
      report(error);
      return null;
    }
  };
}
