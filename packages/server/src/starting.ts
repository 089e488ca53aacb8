import { base64url } from "jose";

import { readAppearance, type Appearance } from "./appearance.js";
import { ServerConfigError } from "./config-error.js";
import { prepareGrant, type Grant } from "./grant.js";
import { hashRefreshToken, isGenuine, mintRefreshToken, type RefreshToken } from "./refresh-token.js";
import { RequestProblem } from "./request-problem.js";
import { closeSession } from "./revoking.js";
import type { ServerContext } from "./server-context.js";
import { endOf, type LastUse, type SessionRecord, type Visitor } from "./session-record.js";

const SESSION_ID_BYTES = 16;
const FAMILY_KEY_BYTES = 32;

/** How somebody proved who they are. */
export interface Proof {
  /** Authentication context class reference, if the login knows one. */
  readonly acr?: string | undefined;
  /** Authentication methods (RFC 8176). */
  readonly amr?: readonly string[] | undefined;
  /** When that was, in seconds since the epoch. Default now. */
  readonly authTime?: number | undefined;
}

/** Who signed in, and how. */
export interface SignIn extends Proof, Appearance {
  /** 1 to 255 characters; `sub` of the access tokens. */
  readonly userId: string;
}

/**
 * Starts a session: always a new id and a new family, whatever the browser presented.
 *
 * The session of the presented cookie ends, if the cookie is genuine. It ends after the new one was stored, so that a store
 * that fails in between leaves the browser with the session that it has.
 *
 * @throws ServerConfigError `invalid_argument`
 * @throws RequestProblem `session_limit`, `temporarily_unavailable`
 */
export async function startSession(
  context: ServerContext,
  signIn: SignIn,
  replaced: RefreshToken | null,
  visitor: Visitor,
): Promise<Grant> {
  const at = context.config.clock();
  const { record, token } = await createRecord(context, signIn, { at, visitor });
  const grant = await prepareGrant(context, record, token, at);
  await context.store.insert(record);
  await keepToLimit(context, record, replaced);
  await context.report({ type: "session-started", at, sessionId: record.id, userId: record.userId });
  if (replaced !== null) await closeSession(context, replaced, "replaced");
  return grant;
}

/**
 * One session more than a user may have, as the policy says: it is refused, or the one that was not used for longest ends.
 *
 * Looked at after the new one was stored, so that of two sign-ins at once none is overlooked. The session that the browser had
 * does not count, if its cookie is genuine: it ends anyway.
 */
async function keepToLimit(
  context: ServerContext,
  started: SessionRecord,
  replaced: RefreshToken | null,
): Promise<void> {
  const { most, atLimit } = context.config.sessionsPerUser;
  const at = context.config.clock();
  const live = (await context.store.listByUser(started.userId)).filter(
    (record) => record.id !== started.id && endOf(record, at) === null,
  );
  const former = live.find(({ id }) => id === replaced?.sessionId);
  const isReplaced =
    former !== undefined && replaced !== null && (await isGenuine(replaced, former.familyKey));
  const others = isReplaced ? live.filter((record) => record !== former) : live;
  const excess = others.length + 1 - most;
  if (excess <= 0) return;
  await context.report({ type: "session-limit-reached", at, sessionId: started.id, userId: started.userId });
  if (atLimit === "refuse") {
    await closeSession(context, started.id, "revoked");
    throw new RequestProblem(
      "session_limit",
      "You are signed in on too many devices. Sign out on one of them.",
    );
  }
  const usedAt = ({ lastUse, createdAt }: SessionRecord): number => lastUse?.at ?? createdAt;
  const oldest = others.sort((left, right) => usedAt(left) - usedAt(right)).slice(0, excess);
  for (const { id } of oldest) await closeSession(context, id, "revoked");
}

async function createRecord(
  context: ServerContext,
  signIn: SignIn,
  lastUse: LastUse,
): Promise<{ readonly record: SessionRecord; readonly token: RefreshToken }> {
  const { idleLifetimeMs, absoluteLifetimeMs } = context.config;
  const { authTime, ...who } = readSignIn(signIn);
  const { at } = lastUse;
  return openFamily(context, {
    ...who,
    createdAt: at,
    authTime: authTime === undefined ? at : authTime * 1000,
    idleExpiresAt: at + idleLifetimeMs,
    absoluteExpiresAt: at + absoluteLifetimeMs,
    lastUse,
  });
}

/** What a session has from its first moment on, beside its id and its tokens. */
type Beginning = Omit<
  SessionRecord,
  "id" | "revision" | "familyKey" | "generation" | "currentHash" | "predecessor" | "staleGeneration" | "end"
>;

/** Makes a session with a new id and a new family, and its first refresh token. Stores nothing. */
export async function openFamily(
  context: ServerContext,
  beginning: Beginning,
): Promise<{ readonly record: SessionRecord; readonly token: RefreshToken }> {
  const { random } = context.config;
  const id = base64url.encode(random(SESSION_ID_BYTES));
  const familyKey = base64url.encode(random(FAMILY_KEY_BYTES));
  const token = await mintRefreshToken(familyKey, id, 1, random);
  const currentHash = await hashRefreshToken(token);
  const family = { id, revision: 1, familyKey, generation: 1, currentHash, predecessor: null };
  return { record: { ...beginning, ...family, staleGeneration: 0, end: null }, token };
}

function readSignIn(signIn: SignIn) {
  const { userId } = signIn;
  if (typeof userId !== "string" || userId === "" || userId.length > 255) {
    throw invalid("userId", "must be a string of 1 to 255 characters");
  }
  return { userId, user: null, claims: {}, ...readAppearance(signIn), ...readProof(signIn) };
}

/**
 * Validates how somebody proved who they are.
 *
 * @throws ServerConfigError `invalid_argument`
 */
export function readProof({ acr, amr, authTime }: Proof) {
  if (acr !== undefined && (typeof acr !== "string" || acr === "")) throw invalid("acr", "must be a string");
  if (amr !== undefined && !(Array.isArray(amr) && amr.every((method) => typeof method === "string"))) {
    throw invalid("amr", "must be an array of strings");
  }
  if (authTime !== undefined && !(Number.isFinite(authTime) && authTime >= 0)) {
    throw invalid("authTime", "must be seconds since the epoch");
  }
  return { acr: acr ?? null, amr: amr === undefined ? null : [...amr], authTime };
}

function invalid(argument: string, fault: string): ServerConfigError {
  return new ServerConfigError("invalid_argument", argument, fault, "correct what you gave");
}
