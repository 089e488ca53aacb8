import type { JsonValue } from "./json.js";
import type { RefreshToken } from "./refresh-token.js";
import type { ServerContext } from "./server-context.js";
import type { SessionRecord } from "./session-record.js";

/** The body of a successful refresh or start, in the words of the wire protocol. Times in seconds. */
export interface GrantBody {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly session: {
    readonly id: string;
    /** The generation of the refresh token: grows by one with each rotation. */
    readonly version: number;
    readonly auth_time: number;
    readonly acr?: string;
    readonly idle_expires_in: number;
    /** How long after the user's last activity a session ends. */
    readonly idle_timeout: number;
    readonly expires_in: number;
    /** The same as a moment, by this server's clock: it never moves. */
    readonly expires_at: number;
  };
  readonly user: JsonValue;
}

/** A grant, ready to be answered: everything that can fail has been done. */
export interface Grant {
  readonly record: SessionRecord;
  readonly token: RefreshToken;
  readonly body: GrantBody;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Makes the grant of a record and its current refresh token. Changes nothing in the store. */
export async function prepareGrant(
  context: ServerContext,
  record: SessionRecord,
  token: RefreshToken,
  at: number,
): Promise<Grant> {
  const [user, accessToken] = await Promise.all([
    context.loadUser(record),
    context.accessTokens.sign(record, at),
  ]);
  const body: GrantBody = {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: context.config.accessTokenLifetimeMs / 1000,
    session: {
      id: record.id,
      version: record.generation,
      auth_time: Math.floor(record.authTime / 1000),
      ...(record.acr === null ? {} : { acr: record.acr }),
      idle_expires_in: wholeSeconds(record.idleExpiresAt - at),
      idle_timeout: context.config.idleLifetimeMs / 1000,
      expires_in: wholeSeconds(record.absoluteExpiresAt - at),
      expires_at: Math.floor(record.absoluteExpiresAt / 1000),
    },
    user,
  };
  return { record, token, body, at };
}

/** Rounded down: never promise more than there is. */
function wholeSeconds(durationMs: number): number {
  return Math.max(0, Math.floor(durationMs / 1000));
}
